//! The body of an upload: a file as it is, or the one file of a form.

use std::collections::VecDeque;

use axum::{
    body::{BodyDataStream, Bytes},
    extract::Request,
};
use edgewise_domain::files::{
    form::{FormReader, Head, Piece, boundary},
    intake::IntakeFault,
};
use futures::{Stream, StreamExt, stream};
use http::header;

use crate::error::{Answer, Failure};

/// What a form may have before its file: fields that are passed over.
const MAX_BEFORE_BYTES: usize = 64 * 1024;

pub struct Incoming {
    body: BodyDataStream,
    form: Option<FormReader>,
    head: Head,
    pieces: VecDeque<Piece>,
}

impl Incoming {
    /// `name` is how the request's address names the file.
    pub fn read(request: Request, name: Option<String>) -> Answer<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_form = kind.trim_start().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"));
        let form = match boundary(kind) {
            Some(boundary) => Some(FormReader::new(&boundary)),
            None if is_form => {
                let detail = "The body's type must be multipart/form-data with a boundary, or that of a file.".into();
                return Err(Failure::Malformed { detail });
            }
            None => None,
        };
        let head = Head { name: name.unwrap_or_default(), media_type: kind.to_owned() };
        Ok(Self { body: request.into_body().into_data_stream(), form, head, pieces: VecDeque::new() })
    }

    /// What is said of the file, before its bytes.
    pub async fn head(&mut self) -> Answer<Head> {
        let mut passed = 0;
        while self.form.is_some() {
            match self.pieces.pop_front() {
                Some(Piece::Begin(mut head)) => {
                    if !self.head.name.is_empty() {
                        head.name.clone_from(&self.head.name);
                    }
                    return Ok(head);
                }
                Some(_) => {}
                None => {
                    let chunk = self.chunk().await.ok_or_else(no_file)??;
                    passed += chunk.len();
                    self.push(&chunk)?;
                    if passed > MAX_BEFORE_BYTES && self.pieces.is_empty() {
                        return Err(no_file());
                    }
                }
            }
        }
        Ok(self.head.clone())
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, IntakeFault>> {
        Some(self.body.next().await?.map_err(|_| IntakeFault::Cut))
    }

    fn push(&mut self, chunk: &[u8]) -> Result<(), IntakeFault> {
        let Some(form) = &mut self.form else { return Ok(()) };
        let mut pieces = Vec::new();
        form.push(chunk, &mut pieces).map_err(|fault| IntakeFault::Unread(fault.to_string()))?;
        self.pieces.extend(pieces);
        Ok(())
    }

    /// The file's bytes, as they come.
    pub fn chunks(self) -> impl Stream<Item = Result<Bytes, IntakeFault>> {
        stream::unfold(Some(self), |incoming| async move {
            let mut incoming = incoming?;
            match incoming.next().await {
                Some(Ok(bytes)) => Some((Ok(bytes), Some(incoming))),
                Some(Err(fault)) => Some((Err(fault), None)),
                None => None,
            }
        })
    }

    async fn next(&mut self) -> Option<Result<Bytes, IntakeFault>> {
        if self.form.is_none() {
            return self.chunk().await;
        }
        loop {
            match self.pieces.pop_front() {
                Some(Piece::Data(bytes)) => return Some(Ok(bytes.into())),
                Some(_) => {}
                None => match self.chunk().await {
                    Some(Ok(chunk)) => {
                        if let Err(fault) = self.push(&chunk) {
                            return Some(Err(fault));
                        }
                    }
                    Some(Err(fault)) => return Some(Err(fault)),
                    // A form that stops before its last boundary was cut, and its file with it.
                    None if self.form.as_ref().is_some_and(FormReader::is_done) => return None,
                    None => return Some(Err(IntakeFault::Cut)),
                },
            }
        }
    }
}

fn no_file() -> Failure {
    Failure::Malformed { detail: "The form has no file.".into() }
}
