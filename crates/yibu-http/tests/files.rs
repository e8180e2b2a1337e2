//! `Files` on its own: what it does unless told otherwise, and what its settings change.
#![forbid(unsafe_code)]

use std::fs;
use std::os::unix::fs::symlink;

use yibu::fs::Links;
use yibu_http::files::Files;
use yibu_http::{Request, Response};

/// A root with a file, its compressed sibling, a directory, and a link to a file beside the root.
fn grounds() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("d")).unwrap();
    fs::write(place.path().join("secret"), "SECRET").unwrap();
    fs::write(root.join("a.txt"), "plain").unwrap();
    fs::write(root.join("a.txt.gz"), "GZIP").unwrap();
    symlink("../secret", root.join("link")).unwrap();
    symlink("a.txt", root.join("inside")).unwrap();
    place
}

/// GETs a path, with gzip accepted.
async fn get(files: &Files, path: &str) -> Response {
    let bytes = format!("GET {path} HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n");
    let request = Request::from_bytes(bytes.as_bytes()).unwrap();
    files.serve(&request).await
}

#[yibu::test]
async fn by_default_links_stay_inside_and_nothing_is_listed() {
    let place = grounds();
    let files = Files::new(place.path().join("root")).await.unwrap();
    assert_eq!(get(&files, "/link").await.status(), 403);
    assert_eq!(get(&files, "/inside").await.status(), 200);
    assert_eq!(get(&files, "/d/").await.status(), 403);
    let answer = get(&files, "/a.txt").await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["vary"], "accept-encoding");
    assert_eq!(answer.body().len(), Some(4));
}

#[yibu::test]
async fn each_setting_changes_what_it_says() {
    let place = grounds();
    let files = Files::new(place.path().join("root")).await.unwrap();
    let files = files
        .links(Links::Follow)
        .listing(true)
        .precompressed(false);
    assert_eq!(get(&files, "/link").await.body().len(), Some(6));
    assert_eq!(get(&files, "/d/").await.status(), 200);
    let answer = get(&files, "/a.txt").await;
    assert!(
        !answer.headers().contains_key("content-encoding")
            && !answer.headers().contains_key("vary")
    );
    assert_eq!(answer.body().len(), Some(5));
}

#[yibu::test]
async fn a_root_that_is_no_directory_is_an_error() {
    let place = grounds();
    assert!(Files::new(place.path().join("secret")).await.is_err());
    assert!(Files::new(place.path().join("missing")).await.is_err());
}

/// What is replaced while the server runs is new at once; a root that is renamed is still the same.
#[yibu::test]
async fn the_root_is_held_and_files_are_not() {
    let place = grounds();
    let files = Files::new(place.path().join("root")).await.unwrap();
    let before = get(&files, "/inside").await;
    fs::write(place.path().join("root/new"), "replaced").unwrap();
    fs::rename(
        place.path().join("root/new"),
        place.path().join("root/a.txt"),
    )
    .unwrap();
    fs::rename(place.path().join("root"), place.path().join("elsewhere")).unwrap();
    let after = get(&files, "/inside").await;
    assert_eq!(
        (before.body().len(), after.body().len()),
        (Some(5), Some(8))
    );
    assert_ne!(before.headers()["etag"], after.headers()["etag"]);
}
