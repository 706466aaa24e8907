//! `cargo xtask screenshot`: the README's picture, made from the program.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

/// Columns of the terminal that the picture shows.
const COLUMNS: &str = "112";
/// Lines of the findings table that are shown.
const LINES: usize = 44;

pub(crate) fn run(root: &Path) -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--package", "kumki", "--"])
        .args([
            "--color",
            "always",
            "scan",
            "--format",
            "table",
            "examples/logs/attack.log",
        ])
        .env("COLUMNS", COLUMNS)
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!("kumki failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let shown: Vec<&str> = text.lines().take(LINES).collect();
    let terminal = format!("$ kumki scan postgresql.log\n{}\n", shown.join("\n"));
    let picture = anstyle_svg::Term::new()
        .min_width_px(860)
        .render_svg(&terminal);
    let path = root.join("docs/images/scan.svg");
    fs::create_dir_all(root.join("docs/images"))?;
    fs::write(&path, picture)?;
    println!("{}", path.display());
    Ok(())
}
