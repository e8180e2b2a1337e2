//! The `yibu` command.
fn main() {}
