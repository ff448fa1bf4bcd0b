//! Kills a runtime under load, again and again, and looks at what is left: the test `crash` does it a few times, and `just crash`
//! as often as it is told.
//!
//! The process that is killed says on its standard output what it is about to do, and then that it is done. So of each of its
//! clients it is known what has to be there, and which one operation may have happened or not.

mod load;
mod model;
mod verify;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use mapistore::{Access, Allowance};

use model::{Failed, Model, Random};

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("__load") => {
            let directory = arguments.next().ok_or("the directory is missing")?;
            let run = arguments.next().ok_or("the number of the run is missing")?.parse()?;
            load::run(Path::new(&directory), run)
        }
        Some(rounds) => rounds_of(rounds.parse()?, arguments.next().map_or(Ok(1), |seed| seed.parse())?),
        None => Err("usage: crash ROUNDS [SEED]".into()),
    }
}

/// So many kills in one data directory, at points that the seed decides as far as anything can.
fn rounds_of(rounds: u32, seed: u64) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let files = directory.path().join("files");
    std::fs::create_dir(&files)?;
    let mail = Allowance { host: files.join("{owner}"), guest: "/mail".into(), access: Access::ReadWrite };
    tests::registered::install("mapistore-maildir", &directory.path().join("data"), &[mail]);
    tests::registered::install("mapistore-fallback", &directory.path().join("data"), &[]);
    let (mut model, mut random) = (Model::default(), Random::new(seed));
    for round in 0..rounds {
        // Often while everything opens, else in the midst of the load.
        let lines = if random.below(5) == 0 { 1 } else { 1 + random.below(250) };
        run_and_kill(directory.path(), round, lines, &mut model)?;
        if let Err(error) = verify::all(directory.path(), &mut model) {
            let kept = directory.keep();
            let kill = format!("kill {} of seed {seed}, at line {lines}", round + 1);
            return Err(format!("after {kill}, in `{}`: {error}", kept.display()).into());
        }
    }
    eprintln!("crash: {rounds} kills: {}", model.summary());
    Ok(())
}

/// Starts the load, kills it when it has said so many lines, and takes in all that it said.
fn run_and_kill(directory: &Path, run: u32, lines: usize, model: &mut Model) -> Result<(), Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut load =
        command.arg("__load").arg(directory).arg(run.to_string()).stdout(Stdio::piped()).spawn()?;
    let mut out = BufReader::new(load.stdout.take().ok_or("no standard output")?);
    let mut line = String::new();
    for _ in 0..lines {
        line.clear();
        if out.read_line(&mut line)? == 0 {
            return Err(format!("the load ended by itself: {}", load.wait()?).into());
        }
        model.said(line.trim_end())?;
    }
    load.kill()?;
    load.wait()?;
    // What was said between the last line read and the kill counts as well, but for half a line.
    let mut rest = String::new();
    out.read_to_string(&mut rest)?;
    rest.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .try_for_each(|line| model.said(line))
}
