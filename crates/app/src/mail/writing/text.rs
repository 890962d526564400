//! The mail as plain text.

use super::Block;

/// Writes the parts, with an empty line between.
pub(super) fn write(blocks: &[Block]) -> String {
    let parts = blocks.iter().map(|block| match block {
        Block::Heading(line) | Block::Text(line) | Block::Quiet(line) => line.clone(),
        Block::List(lines) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("- {line}")).collect();
            lines.join("\n")
        }
        // The link has a line of its own, so that every program finds its end.
        Block::Button { label, link, .. } => format!("{label}:\n{link}"),
    });
    let parts: Vec<String> = parts.collect();
    parts.join("\n\n") + "\n"
}
