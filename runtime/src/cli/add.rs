//! `add`: messages from files into a folder.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use mapistore::index::Fmid;
use mapistore::types::StreamAccess;
use mapistore::{CHUNK_BYTES, PropertyStream};
use serde_json::json;

use super::failure::{Complaint, Exit};
use super::locate::Place;
use super::session::{Session, Who};
use super::show::MIME;
use super::{Outcome, open_input};

/// See the module.
#[derive(Args)]
pub(crate) struct Add {
    /// The folder.
    uri: String,
    /// The messages, one in each file; `-` is stdin.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    who: Who,
}

impl Add {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let place = session.locate_folder(&user, &self.uri).await?;
        let (mut added, mut worst) = (Vec::new(), Exit::Done);
        for file in &self.files {
            match add(session, &user, &place, file).await {
                Ok((id, uri)) => {
                    if !session.out.is_json() {
                        session.out.line(&format!("{id}  {uri}"))?;
                    }
                    added.push(json!({ "file": file, "id": id.to_string(), "uri": uri }));
                }
                Err(error) => {
                    let error = error.context(format!("`{}` was not added", file.display()));
                    session.refuse(&mut worst, &error);
                }
            }
        }
        if session.out.is_json() {
            session.out.json(&json!({ "added": added }))?;
        }
        Ok(worst)
    }
}

async fn add(
    session: &Session<'_>,
    user: &str,
    place: &Place,
    file: &Path,
) -> anyhow::Result<(Fmid, String)> {
    let mut input = open_input(file)?;
    let id = session.runtime.allocate_id(user)?;
    let message = place.folder.create_message(id, false).await?;
    let stream = message.open_stream(MIME, StreamAccess::Create).await?;
    let read = |error| Complaint::usage(format!("cannot read `{}`", file.display())).because(error);
    copy(&mut input, &stream).await?.map_err(read)?;
    stream.commit().await?;
    drop(stream);
    message.save(false).await?;
    let uri = place.uri_of(id).await.context("it was saved, but its URI is not known")?;
    Ok((id, uri))
}

/// Writes all of `input`, piece by piece. The inner error is that of the input.
async fn copy(input: &mut impl Read, stream: &PropertyStream) -> anyhow::Result<std::io::Result<()>> {
    let mut piece = Vec::with_capacity(CHUNK_BYTES);
    let mut offset = 0;
    loop {
        piece.clear();
        if let Err(error) = input.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut piece) {
            return Ok(Err(error));
        }
        if piece.is_empty() {
            return Ok(Ok(()));
        }
        stream.write(offset, &piece).await?;
        offset += piece.len() as u64;
    }
}
