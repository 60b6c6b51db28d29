//! Options and commands of the program in texts of the library.

use crate::uses::is_test;
use syn::visit::{self, Visit};

/// Texts of a file that contain an option (`--rate`) or a command (`'bci-cursor run'`), except in tests and documentation.
pub(crate) fn named_options(text: &str) -> Vec<String> {
    let mut texts = Texts(Vec::new());
    texts.visit_file(&syn::parse_file(text).unwrap());
    texts.0
}

pub(crate) struct Texts(Vec<String>);

impl Texts {
    /// Checks a text, or the tokens of a macro. In tokens, `--` before a letter occurs only in texts and in doc comments.
    fn note(&mut self, text: &str) {
        let mut parts = text.split("# [doc = \"");
        let mut text = parts.next().unwrap_or_default().to_owned();
        text.extend(parts.filter_map(|part| Some(part.split_once("\"]")?.1)));
        let mut options = text.split("--").skip(1);
        let is_option = options.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        if is_option || text.contains("'bci-cursor ") {
            self.0.push(text);
        }
    }
}

impl Visit<'_> for Texts {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.note(&list.tokens.to_string());
        }
    }

    fn visit_macro(&mut self, called: &syn::Macro) {
        self.note(&called.tokens.to_string());
    }

    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.note(&text.value());
    }
}
