//! The handler: from a request to a file beneath the root.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use http::{HeaderValue, Method, StatusCode, header};
use yibu::fs::{Dir, File, Links, Metadata};

use super::answer::{self, Representation, field};
use super::coding;
use super::listing::{self, Entry};
use super::path::{self, encode};
use super::refusal::Refusal;
use crate::{Request, Response};

/// Serves the files beneath a directory.
///
/// - Files are opened by the kernel beneath the root (`openat2`), so neither `..` nor an encoding of it nor a link
///   leads out, unless [`links`](Self::links) says that links may. Pipes, sockets and devices are refused without
///   waiting for them; but a pipe is opened for a moment, so a process that waits to write to it goes on.
/// - Hidden files are served to who knows their names, but are not listed, as nginx does. Do not serve a directory
///   with secrets in it.
/// - A directory answers with its `index.html`, else with a listing if [`listing`](Self::listing) is on, else with
///   403. Without its trailing slash it redirects to itself with one, and keeps the query.
/// - `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`, `If-Range` and `Range` (several, too)
///   work as RFC 9110 says.
/// - A sibling `name.br`, `name.zst` or `name.gz` is sent instead of `name` to a client that accepts it. Nobody
///   checks that it holds the same: make it anew when the file changes.
/// - Every answer carries `X-Content-Type-Options: nosniff`.
///
/// A file that shrinks while it is sent ends the connection; one that is overwritten in place may be sent as a
/// mixture of both states. Replace files by renaming.
///
/// ```
/// use yibu_http::{Request, files::Files};
///
/// # yibu::run(async {
/// let files = Files::new("src").await?;
/// let request = Request::from_bytes(b"GET /lib.rs HTTP/1.1\r\nHost: x\r\nRange: bytes=0-3\r\n\r\n").unwrap();
/// let answer = files.serve(&request).await;
/// assert_eq!(answer.status(), 206);
/// assert_eq!(answer.body().len(), Some(4));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// With a [`Server`](crate::Server): `server.serve(async move |request: &mut Request| files.serve(request).await)`.
#[derive(Debug)]
pub struct Files {
    root: Dir,
    links: Links,
    listing: bool,
    precompressed: bool,
}

impl Files {
    /// Opens the directory to serve. It stays the same one, even if it is renamed.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened.
    ///
    /// # Cancellation
    ///
    /// Leaves nothing behind.
    pub async fn new(directory: impl AsRef<Path>) -> io::Result<Files> {
        let root = Dir::open(directory.as_ref()).await?;
        Ok(Files {
            root,
            links: Links::Beneath,
            listing: false,
            precompressed: true,
        })
    }

    /// Whether a directory without an `index.html` is listed. Off by default.
    #[must_use]
    pub fn listing(mut self, on: bool) -> Files {
        self.listing = on;
        self
    }

    /// Where symbolic links may lead: by default only to what is beneath the root.
    #[must_use]
    pub fn links(mut self, links: Links) -> Files {
        self.links = links;
        self
    }

    /// Whether precompressed siblings are looked for. On by default; each look is one more open of a file.
    #[must_use]
    pub fn precompressed(mut self, on: bool) -> Files {
        self.precompressed = on;
        self
    }

    /// Answers a request. What goes wrong is an answer, too.
    ///
    /// # Cancellation
    ///
    /// Closes what it had opened.
    pub async fn serve(&self, request: &Request) -> Response {
        let answer = self.answer(request).await.unwrap_or_else(Response::from);
        answer.header(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        )
    }

    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Refusal::Method);
        }
        let target = path::parse(request.path())?;
        let (file, metadata) = self.open(&target.path).await?;
        if metadata.is_dir() {
            if !target.directory {
                return Ok(redirect(&target.path, request.query()));
            }
            return self.directory(request, target.path, file).await;
        }
        if target.directory {
            return Err(Refusal::Missing);
        }
        self.file(request, &target.path, file, metadata).await
    }

    /// Opens anything beneath the root and looks at it. Never waits for a pipe's other end.
    async fn open(&self, path: &Path) -> io::Result<(File, Metadata)> {
        let file = self.root.open_beneath(path, self.links).await?;
        let metadata = file.metadata().await?;
        Ok((file, metadata))
    }

    async fn directory(
        &self,
        request: &Request,
        path: PathBuf,
        directory: File,
    ) -> Result<Response, Refusal> {
        let index = path.join("index.html");
        match self.open(&index).await {
            Ok((file, metadata)) if !metadata.is_dir() => {
                return self.file(request, &index, file, metadata).await;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        if !self.listing {
            return Err(Refusal::Forbidden("403: this directory is not listed.\n"));
        }
        let entries = directory.read_dir().await?;
        // A directory may be large, and the loop has other requests.
        let page = Response::html(
            yibu::to_thread(move || {
                listing::page(&path, entries.into_iter().map(Entry::from).collect())
            })
            .await,
        );
        let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
        Ok(page.header(header::CONTENT_SECURITY_POLICY, policy))
    }

    async fn file(
        &self,
        request: &Request,
        path: &Path,
        file: File,
        metadata: Metadata,
    ) -> Result<Response, Refusal> {
        if !metadata.is_file() {
            return Err(Refusal::special());
        }
        let found = match self.sibling(request, path).await {
            Some(sibling) => sibling,
            None => Representation {
                file,
                metadata,
                coding: None,
            },
        };
        let mut answer = answer::answer(request, path, found, SystemTime::now());
        if self.precompressed {
            answer
                .headers_mut()
                .insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        Ok(answer)
    }

    /// The precompressed sibling that the client likes best, if there is one that can be sent.
    async fn sibling(&self, request: &Request, path: &Path) -> Option<Representation> {
        if !self.precompressed {
            return None;
        }
        for coding in coding::acceptable(field(request, header::ACCEPT_ENCODING).as_deref()) {
            let mut name = OsString::from(path);
            name.push(coding.extension());
            if let Ok((file, metadata)) = self.open(Path::new(&name)).await
                && metadata.is_file()
            {
                return Some(Representation {
                    file,
                    metadata,
                    coding: Some(coding),
                });
            }
        }
        None
    }
}

/// Sends the client to the same directory with a slash at its end.
///
/// The place is relative to the request, and begins with `./`: whatever the name is, it cannot lead to another
/// server, and it stays right behind a proxy that cuts a prefix off the path.
fn redirect(path: &Path, query: Option<&str>) -> Response {
    let name = encode(path.file_name().unwrap_or_default().as_bytes());
    let bare =
        HeaderValue::try_from(format!("./{name}/")).expect("an encoded name is printable ASCII");
    let place = query
        .and_then(|query| HeaderValue::try_from(format!("./{name}/?{query}")).ok())
        .unwrap_or(bare);
    Response::text("301: this is a directory.\n")
        .with_status(StatusCode::MOVED_PERMANENTLY)
        .header(header::LOCATION, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, query: Option<&str>) -> String {
        let answer = redirect(Path::new(path), query);
        assert_eq!(answer.status(), 301);
        answer.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn redirects_stay_on_this_server() {
        assert_eq!(place("a/b", None), "./b/");
        assert_eq!(
            place("evil.example", Some("x=1&y")),
            "./evil.example/?x=1&y"
        );
        assert_eq!(place("\\evil.example", None), "./%5Cevil.example/");
        assert_eq!(
            place("javascript:alert(1)", None),
            "./javascript%3Aalert%281%29/"
        );
        assert_eq!(
            place("a\r\nSet-Cookie: x", None),
            "./a%0D%0ASet-Cookie%3A%20x/"
        );
    }

    #[test]
    fn a_query_that_no_header_can_carry_is_left_out() {
        assert_eq!(place("a", Some("x\r\ny")), "./a/");
    }
}
