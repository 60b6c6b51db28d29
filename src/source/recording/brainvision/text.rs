//! Headers and marker files: sections of `key=value`, as Windows programs write them.

use super::super::input::Input;
use super::super::text;
use crate::source::SourceError;

/// Maximum size of a header or marker file, bytes. A larger file is not text.
const LONGEST_TEXT: u64 = 64 << 20;

/// One `key=value` of a section, with its place in the file.
pub(super) struct Entry<'a> {
    pub(super) section: &'a [u8],
    pub(super) key: String,
    pub(super) value: String,
    bytes: &'a [u8],
    pub(super) offset: u64,
}

impl Entry<'_> {
    pub(super) fn is_in(&self, section: &str) -> bool {
        self.section.eq_ignore_ascii_case(section.as_bytes())
    }

    /// The values between the commas, each decoded separately. A comma in a value is written as `\1`.
    pub(super) fn fields(&self) -> Vec<String> {
        let fields = self.bytes.split(|&byte| byte == b',');
        fields
            .map(|field| text::decode(field).trim().replace("\\1", ","))
            .collect()
    }

    pub(super) fn line(&self) -> String {
        format!("{}={}", self.key, self.value)
    }
}

/// A file of sections.
pub(super) struct TextFile {
    bytes: Vec<u8>,
}

impl TextFile {
    pub(super) fn read(input: &mut Input) -> Result<Self, SourceError> {
        if input.size() > LONGEST_TEXT {
            let found = format!("{} bytes", input.size());
            return Err(input.malformed(LONGEST_TEXT, &found, "a text file of 64 MB at most"));
        }
        input.go_to(0)?;
        let bytes = input.read_up_to(LONGEST_TEXT)?;
        Ok(Self { bytes })
    }

    pub(super) fn first_line(&self) -> String {
        let line = self.bytes.split(|&byte| byte == b'\n').next();
        text::decode(line.unwrap_or(&[])).trim().to_owned()
    }

    /// All `key=value` before the comment section, which ends a file and may contain anything.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut section: &[u8] = &[];
        let mut offset = 0;
        let lines = self.bytes.split_inclusive(|&byte| byte == b'\n');
        lines
            .filter_map(move |line| {
                let at = offset;
                offset += line.len() as u64;
                let line = line.trim_ascii();
                if let Some(name) = line.strip_prefix(b"[") {
                    section = name.strip_suffix(b"]").unwrap_or(name);
                    return Some(Err(section));
                }
                if line.starts_with(b";") {
                    return None;
                }
                let equals = line.iter().position(|&byte| byte == b'=')?;
                let (key, bytes) = (&line[..equals], &line[equals + 1..]);
                Some(Ok(Entry {
                    section,
                    key: text::decode(key).trim().to_owned(),
                    value: text::decode(bytes).trim().to_owned(),
                    bytes,
                    offset: at,
                }))
            })
            .take_while(|entry| {
                !entry
                    .as_ref()
                    .is_err_and(|name| name.eq_ignore_ascii_case(b"comment"))
            })
            .filter_map(Result::ok)
    }

    pub(super) fn get(&self, section: &str, key: &str) -> Option<Entry<'_>> {
        self.entries()
            .find(|entry| entry.is_in(section) && entry.key.eq_ignore_ascii_case(key))
    }
}
