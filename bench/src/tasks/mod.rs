#[derive(clap::Args)]
pub(crate) struct Arguments {}
pub(crate) fn main(_: &Arguments) -> crate::Result<bool> {
    Ok(true)
}
