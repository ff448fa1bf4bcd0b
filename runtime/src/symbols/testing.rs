//! DWARF for modules that have none, for tests.

use gimli::write::{Address, AttributeValue, DwarfUnit, EndianVec, LineProgram, LineString, Sections};
use gimli::{Encoding, Format, LineEncoding, LittleEndian, constants as dw};
use wasm_encoder::{CustomSection, Encode as _, Section as _};
use wasmparser::{Parser, Payload};

/// Adds to a module that its code comes from `/home/alice/notes/notes.c`: that the first function is `outer` and all that it does was
/// inlined from `inner`, in lines 10 and 5, and that the N-th after it is in line 10 * N, and has no name.
pub(crate) fn with_dwarf(module: &[u8]) -> Vec<u8> {
    let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
    let mut dwarf = DwarfUnit::new(encoding);
    let text = |text: &str| LineString::String(text.into());
    let (folder, file) = (text("/home/alice/notes"), text("notes.c"));
    let mut program =
        LineProgram::new(encoding, LineEncoding::default(), folder.clone(), None, file.clone(), None);
    let file = program.add_file(file, program.default_directory(), None);

    let (mut code, mut functions) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CodeSectionStart { range, .. } => code = range.start,
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                functions.push(((range.start - code) as u64, range.len() as u64));
            }
            _ => {}
        }
    }
    for (number, (start, length)) in functions.iter().enumerate() {
        program.begin_sequence(Some(Address::Constant(*start)));
        program.row().file = file;
        program.row().line = if number == 0 { 5 } else { 10 * number as u64 };
        program.generate_row();
        program.end_sequence(*length);
    }
    dwarf.unit.line_program = program;

    let root = dwarf.unit.root();
    let unit = dwarf.unit.get_mut(root);
    unit.set(dw::DW_AT_name, AttributeValue::String(b"notes.c".into()));
    unit.set(dw::DW_AT_comp_dir, AttributeValue::String(b"/home/alice/notes".into()));
    let end = functions.last().map_or(0, |(start, length)| start + length);
    unit.set(dw::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    unit.set(dw::DW_AT_high_pc, AttributeValue::Udata(end));
    let inner = dwarf.unit.add(root, dw::DW_TAG_subprogram);
    dwarf.unit.get_mut(inner).set(dw::DW_AT_name, AttributeValue::String(b"inner".into()));
    let outer = dwarf.unit.add(root, dw::DW_TAG_subprogram);
    let inlined = dwarf.unit.add(outer, dw::DW_TAG_inlined_subroutine);
    let (start, length) = functions[0];
    for entry in [outer, inlined] {
        let entry = dwarf.unit.get_mut(entry);
        entry.set(dw::DW_AT_low_pc, AttributeValue::Address(Address::Constant(start)));
        entry.set(dw::DW_AT_high_pc, AttributeValue::Udata(length));
    }
    dwarf.unit.get_mut(outer).set(dw::DW_AT_name, AttributeValue::String(b"outer".into()));
    let call = dwarf.unit.get_mut(inlined);
    call.set(dw::DW_AT_abstract_origin, AttributeValue::UnitRef(inner));
    call.set(dw::DW_AT_call_file, AttributeValue::FileIndex(Some(file)));
    call.set(dw::DW_AT_call_line, AttributeValue::Udata(10));

    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    dwarf.write(&mut sections).unwrap();
    let mut all = module.to_vec();
    let done: Result<(), ()> = sections.for_each(|id, data| {
        if !data.slice().is_empty() {
            let section = CustomSection { name: id.name().into(), data: data.slice().into() };
            all.push(section.id());
            section.encode(&mut all);
        }
        Ok(())
    });
    done.unwrap();
    all
}
