//! What folders are called, and which language a locale stands for.

use serde::{Deserialize, Serialize};

use super::Slot;

/// A language that folders have names in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English: what every locale means that is not known here.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::En, Language::De, Language::Fr, Language::Es];

    /// The language of a Windows locale id (MS-LCID 2.2): its low ten bits.
    pub fn of_locale_id(locale_id: u32) -> Language {
        match locale_id & 0x3FF {
            0x07 => Language::De,
            0x0C => Language::Fr,
            0x0A => Language::Es,
            _ => Language::En,
        }
    }

    /// The language of a locale as people write it: a BCP 47 tag (`de-AT`), its POSIX form (`de_AT.UTF-8`), or a
    /// Windows locale id (`1031`, `0x0407`).
    pub fn of_locale(locale: &str) -> Language {
        let locale = locale.trim();
        let id = match locale.strip_prefix("0x").or_else(|| locale.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => locale.parse().ok(),
        };
        if let Some(id) = id {
            return Self::of_locale_id(id);
        }
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|known| known.tag() == language).unwrap_or_default()
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::De => "de",
            Language::Fr => "fr",
            Language::Es => "es",
        }
    }

    /// What a folder is called. Those that no person sees have an English name everywhere, as in Exchange.
    pub(super) fn folder_name(self, slot: Slot, owner: &str) -> String {
        let [en, de, fr, es] = match slot {
            Slot::MailboxRoot => {
                let mailbox = self.pick(["Mailbox", "Postfach", "Boîte aux lettres", "Buzón"]);
                return format!("{mailbox} - {owner}");
            }
            Slot::DeferredAction => ["Deferred Action"; 4],
            Slot::SpoolerQueue => ["Spooler Queue"; 4],
            Slot::CommonViews => ["Common Views"; 4],
            Slot::Schedule => ["Schedule"; 4],
            Slot::Finder => ["Finder"; 4],
            Slot::Views => ["Views"; 4],
            Slot::Shortcuts => ["Shortcuts"; 4],
            Slot::Reminders => ["Reminders", "Erinnerungen", "Rappels", "Recordatorios"],
            Slot::ToDo => ["To-Do", "Zu erledigen", "À faire", "Tareas pendientes"],
            Slot::TrackedMailProcessing => ["Tracked Mail Processing"; 4],
            Slot::IpmSubtree => [
                "Top of Information Store",
                "Oberste Ebene des Informationsspeichers",
                "Haut de la banque d'informations",
                "Principio del almacén de información",
            ],
            Slot::Inbox => ["Inbox", "Posteingang", "Boîte de réception", "Bandeja de entrada"],
            Slot::Outbox => ["Outbox", "Postausgang", "Boîte d'envoi", "Bandeja de salida"],
            Slot::SentItems => ["Sent Items", "Gesendete Elemente", "Éléments envoyés", "Elementos enviados"],
            Slot::DeletedItems => {
                ["Deleted Items", "Gelöschte Elemente", "Éléments supprimés", "Elementos eliminados"]
            }
            Slot::Drafts => ["Drafts", "Entwürfe", "Brouillons", "Borradores"],
            Slot::Calendar => ["Calendar", "Kalender", "Calendrier", "Calendario"],
            Slot::Contacts => ["Contacts", "Kontakte", "Contacts", "Contactos"],
            Slot::Tasks => ["Tasks", "Aufgaben", "Tâches", "Tareas"],
            Slot::Notes => ["Notes", "Notizen", "Notes", "Notas"],
            Slot::Journal => ["Journal", "Journal", "Journal", "Diario"],
            Slot::FreebusyData => ["Freebusy Data"; 4],
        };
        self.pick([en, de, fr, es]).to_owned()
    }

    fn pick(self, [en, de, fr, es]: [&str; 4]) -> &str {
        match self {
            Language::En => en,
            Language::De => de,
            Language::Fr => fr,
            Language::Es => es,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_locale_is_a_tag_or_a_windows_id_and_an_unknown_one_is_english() {
        for (locale, language) in [
            ("de", Language::De),
            ("de-AT", Language::De),
            ("FR_ca.UTF-8", Language::Fr),
            ("1031", Language::De),
            ("0x080A", Language::Es),
            ("0x040c", Language::Fr),
            ("1033", Language::En),
            ("deutsch", Language::En),
            ("ja-JP", Language::En),
            ("0xZZ", Language::En),
            ("", Language::En),
            ("\u{0}", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn no_language_calls_two_folders_the_same() {
        for language in Language::ALL {
            let names: BTreeSet<_> =
                Slot::ALL.iter().map(|slot| language.folder_name(*slot, "x").to_lowercase()).collect();
            assert_eq!(names.len(), Slot::ALL.len(), "{language:?}");
        }
    }
}
