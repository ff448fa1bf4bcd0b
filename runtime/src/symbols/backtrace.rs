//! A backtrace as people read it: a line for each function of the guest's, innermost first, and a line for its place in the
//! source where that is known. Bounded, and without anything of the host's.

use std::fmt::Write as _;

use wasmtime::{FrameInfo, WasmBacktrace};

use super::lines::{Lines, Site};
use super::name;

/// The most that is written.
const MAX_BYTES: usize = 16 << 10;

pub(super) fn text(trace: &WasmBacktrace, lines: Option<&Lines>) -> String {
    let mut text = String::new();
    let sites = trace.frames().iter().flat_map(|frame| sites(frame, lines));
    for (number, Site { function, file, line }) in sites.enumerate() {
        if text.len() >= MAX_BYTES {
            text.push_str("  …\n");
            break;
        }
        // A string takes everything.
        let _ = writeln!(text, "{number:>3}: {}", function.as_deref().unwrap_or("an inlined function"));
        if let Some(file) = file {
            let _ = match line {
                0 => writeln!(text, "       at {file}"),
                line => writeln!(text, "       at {file}:{line}"),
            };
        }
    }
    text
}

/// A frame's function, after what was inlined in it.
fn sites(frame: &FrameInfo, lines: Option<&Lines>) -> Vec<Site> {
    let found = lines.zip(frame.module_offset()).map(|(lines, offset)| lines.at(offset));
    let mut sites = found.unwrap_or_default();
    let own = || match frame.func_name() {
        Some(raw) => name::function(raw),
        None => format!("function {}", frame.func_index()),
    };
    match sites.last_mut() {
        Some(outermost) => {
            outermost.function.get_or_insert_with(own);
        }
        None => sites.push(Site { function: Some(own()), ..Site::default() }),
    }
    sites
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Instance, Module, Store};

    use super::super::testing::with_dwarf;
    use super::*;

    fn trap(module: &[u8]) -> wasmtime::Error {
        let engine = Engine::default();
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
        run.call(&mut store, ()).unwrap_err()
    }

    fn written(wat: &str) -> String {
        text(trap(&wat::parse_str(wat).unwrap()).downcast_ref::<WasmBacktrace>().unwrap(), None)
    }

    #[test]
    fn a_function_has_its_file_and_line_if_the_component_says_so() {
        let wat = "(module (func unreachable) (func (export \"run\") call 0))";
        let module = with_dwarf(&wat::parse_str(wat).unwrap());
        let lines = Lines::of_component(&module).unwrap();
        let error = trap(&module);
        let text = text(error.downcast_ref::<WasmBacktrace>().unwrap(), Some(&lines));
        let expected = "  0: inner\n       at notes.c:5\n  1: outer\n       at notes.c:10\n  2: function 1\n       at notes.c:10\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn functions_stand_innermost_first_under_the_names_that_they_have() {
        let wat = r#"(module
            (func $"_ZN5notes4open17h0123456789abcdefE" unreachable)
            (func (export "run") call 0))"#;
        assert_eq!(written(wat), "  0: notes::open\n  1: function 1\n");
        assert_eq!(
            written("(module (func unreachable) (func (export \"run\") call 0))"),
            "  0: function 0\n  1: function 1\n"
        );
    }

    #[test]
    fn a_function_writes_no_line_of_its_own() {
        let wat = r#"(module (func $"f\0a  1: innocent" (export "run") unreachable))"#;
        assert_eq!(written(wat), "  0: f\u{fffd}  1: innocent\n");
    }

    #[test]
    fn an_endless_recursion_has_an_end() {
        let wat = format!(r#"(module (func $"{}" (export "run") call 0))"#, "long".repeat(1000));
        let text = written(&wat);
        assert!(text.lines().count() > 5 && text.len() < MAX_BYTES + 1024, "{}", text.len());
    }
}
