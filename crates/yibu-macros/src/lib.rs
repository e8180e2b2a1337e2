//! `#[yibu::main]` and `#[yibu::test]`.
//!
//! Both keep the `async fn` as it is, inside an ordinary function of the same name that runs it:
//!
//! ```text
//! async fn main() -> R { body }   =>   fn main() -> R { async fn main() -> R { body } ::yibu::run(main()) }
//! ```
//!
//! so the return type, the attributes (`#[should_panic]`, `#[ignore]`) and the places in error messages stay as written.
#![forbid(unsafe_code)]

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Runs an `async fn main` on an event loop.
///
/// The function takes no arguments and may return whatever `main` may. It is `yibu::run` written short: use that to
/// choose when a loop starts.
///
/// ```
/// #[yibu::main]
/// async fn main() -> std::io::Result<()> {
///     assert_eq!(yibu::spawn(async { 1 }).await.unwrap(), 1);
///     Ok(())
/// }
/// ```
///
/// ```compile_fail
/// #[yibu::main]
/// fn main() {}
/// ```
///
/// ```compile_fail
/// #[yibu::main]
/// async fn main(arguments: Vec<String>) {}
/// ```
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand("#[yibu::main]", options, item, TokenStream::new())
}

/// Makes an `async fn` a test that runs on an event loop of its own.
///
/// The function takes no arguments and may return a `Result`; `#[should_panic]` and `#[ignore]` work as on any test.
///
/// ```
/// #[yibu::test]
/// async fn adds() -> Result<(), std::num::ParseIntError> {
///     assert_eq!("1".parse::<u8>()? + 1, 2);
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// #[yibu::test(threads)]
/// async fn adds() {}
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let attribute = "#[::core::prelude::v1::test]"
        .parse()
        .expect("an attribute");
    expand("#[yibu::test]", options, item, attribute)
}

fn expand(
    name: &str,
    options: TokenStream,
    item: TokenStream,
    attribute: TokenStream,
) -> TokenStream {
    match wrap(name, options, item.clone()) {
        Ok(function) => [attribute, function].into_iter().collect(),
        // The item stays, so that the error is the only one.
        Err(error) => [error.to_compile_error(), item].into_iter().collect(),
    }
}

struct Error {
    span: Span,
    message: String,
}

impl Error {
    fn to_compile_error(&self) -> TokenStream {
        let mut literal = Literal::string(&self.message);
        literal.set_span(self.span);
        let arguments = TokenStream::from(TokenTree::from(literal));
        [
            TokenTree::from(Ident::new("compile_error", self.span)),
            punct('!', Spacing::Alone, self.span),
            group(Delimiter::Brace, arguments, self.span),
        ]
        .into_iter()
        .collect()
    }
}

/// Puts the async function into one that runs it.
fn wrap(name: &str, options: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    let fail = |span, what: &str| {
        Err(Error {
            span,
            message: format!("{name} {what}"),
        })
    };
    if let Some(option) = options.into_iter().next() {
        return fail(option.span(), "takes no options");
    }
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(at) = tokens.iter().position(|token| is_word(token, "fn")) else {
        return fail(Span::call_site(), "goes on an `async fn`");
    };
    let Some(asynchronous) = tokens[..at]
        .iter()
        .position(|token| is_word(token, "async"))
    else {
        return fail(
            tokens[at].span(),
            "needs an async function: write `async fn`",
        );
    };
    let (Some(TokenTree::Ident(function)), Some(TokenTree::Group(body))) =
        (tokens.get(at + 1), tokens.last())
    else {
        return fail(tokens[at].span(), "needs a function with a body");
    };
    match tokens.get(at + 2) {
        Some(TokenTree::Group(arguments)) if arguments.stream().is_empty() => {}
        Some(TokenTree::Group(arguments)) => {
            return fail(arguments.span(), "needs a function without arguments");
        }
        _ => {
            return fail(
                function.span(),
                "needs a function without generic parameters",
            );
        }
    }

    let signature = tokens[asynchronous + 1..tokens.len() - 1].iter().cloned();
    let inner = tokens[asynchronous..]
        .iter()
        .cloned()
        .chain(call(function, body.span()));
    let outer = tokens[..asynchronous].iter().cloned().chain(signature);
    Ok(outer
        .chain([group(Delimiter::Brace, inner.collect(), body.span())])
        .collect())
}

/// `::yibu::run(function())`
fn call(function: &Ident, span: Span) -> impl Iterator<Item = TokenTree> {
    let future = [
        TokenTree::from(function.clone()),
        group(Delimiter::Parenthesis, TokenStream::new(), span),
    ];
    [
        punct(':', Spacing::Joint, span),
        punct(':', Spacing::Alone, span),
        Ident::new("yibu", Span::call_site()).into(),
        punct(':', Spacing::Joint, span),
        punct(':', Spacing::Alone, span),
        Ident::new("run", Span::call_site()).into(),
        group(Delimiter::Parenthesis, future.into_iter().collect(), span),
    ]
    .into_iter()
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

fn punct(char: char, spacing: Spacing, span: Span) -> TokenTree {
    let mut punct = Punct::new(char, spacing);
    punct.set_span(span);
    punct.into()
}

fn group(delimiter: Delimiter, tokens: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(span);
    group.into()
}
