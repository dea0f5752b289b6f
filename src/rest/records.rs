//! The requests of a stream: the body's JSON values, each bound to a message.
//!
//! A value that cannot be bound is an error in its place, and the stream goes on. Broken JSON ends it: as in the documented API,
//! with one error for the value, if one had begun, and one for what cannot be cut any more.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use futures::Stream;
use http_body::{Body as _, Frame};

use super::{
    bind::Bound,
    json::{self, FromJson},
    route::refused_body,
    split::{Cut, Cutter},
};
use crate::error::{Code, Error};

/// The largest value of a stream, in bytes of JSON. Larger ones end the stream.
const MAX_VALUE_BYTES: usize = 64 << 20;

/// Makes a message of what a request brings: the one of its [`Route`](super::Route).
type Bind<I> = fn(&Bound) -> Result<I, Error>;

/// The messages of a body, those of a chunk together. The first that can be bound also carries what the path names.
pub(super) struct Records<I> {
    body: Body,
    first: Option<Result<Frame<Bytes>, axum::Error>>,
    cutter: Cutter,
    cuts: VecDeque<Cut>,
    bind: Option<(Bind<I>, Bound)>,
    over: bool,
}

impl<I: FromJson> Records<I> {
    /// The messages of the body, whose first frame may have been taken from it.
    pub(super) fn new(first: Option<Result<Frame<Bytes>, axum::Error>>, body: Body, bind: Bind<I>, bound: Bound) -> Self {
        let (cutter, cuts) = (Cutter::new(MAX_VALUE_BYTES), VecDeque::new());
        Self { body, first, cutter, cuts, bind: Some((bind, bound)), over: false }
    }

    /// The messages of what has been cut; ends with the stream's last if that is among them.
    fn messages(&mut self) -> Vec<Result<I, Error>> {
        let mut messages = Vec::with_capacity(self.cuts.len());
        while let Some(cut) = self.cuts.pop_front() {
            let (text, truncated) = match cut {
                Cut::Value(text) => (text, false),
                Cut::Truncated(text) => (text, true),
                Cut::Broken(why) => {
                    messages.push(Err(unprocessed(&why)));
                    self.over = true;
                    break;
                }
            };
            match self.message(&text) {
                Ok(message) => messages.push(Ok(message)),
                Err(e) => {
                    // Inside a stream every error of binding is a bad request.
                    messages.push(Err(Error::new(Code::MalformedBody, e.message().to_owned())));
                    if truncated || !resumes(&text) {
                        messages.push(Err(unprocessed(e.message())));
                        self.over = true;
                        break;
                    }
                }
            }
        }
        messages
    }

    fn message(&mut self, text: &Bytes) -> Result<I, Error> {
        let Some((bind, mut bound)) = self.bind.take() else {
            return json::read(text)?.ok_or_else(no_object);
        };
        bound.set_body(text.clone());
        let message = if is_null(text) { Err(no_object()) } else { bind(&bound) };
        if message.is_err() {
            self.bind = Some((bind, bound));
        }
        message
    }
}

fn is_null(text: &[u8]) -> bool {
    text.trim_ascii() == b"null"
}

fn no_object() -> Error {
    Error::bad_request("a record must be an object")
}

fn unprocessed(why: &str) -> Error {
    Error::bad_request(format_args!("Error processing message: {why}"))
}

/// Whether a reader finds its way on behind a value: the value is right as far as syntax goes, or its one fault is a token that can be
/// read over. Those are the words that some dialects have for numbers, and text whose last byte begins a character that its quote cut off.
fn resumes(text: &[u8]) -> bool {
    if serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok() {
        return true;
    }
    let mut mended = Vec::with_capacity(text.len());
    let (mut rest, mut in_text) = (text, false);
    while let Some((&byte, behind)) = rest.split_first() {
        let word = ["NaN", "-Infinity", "+Infinity", "Infinity"].iter().find(|w| !in_text && rest.starts_with(w.as_bytes()));
        if let Some(word) = word {
            mended.push(b'0');
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        match (byte, behind.split_first()) {
            (b'\\', Some((&next, behind))) if in_text => {
                mended.extend_from_slice(&[byte, next]);
                rest = behind;
                continue;
            }
            (b'"', _) => in_text = !in_text,
            (0xC2..=0xF4, Some((b'"', _))) if in_text => {
                rest = behind;
                continue;
            }
            _ => {}
        }
        mended.push(byte);
        rest = behind;
    }
    mended != text && serde_json::from_slice::<&serde_json::value::RawValue>(&mended).is_ok()
}

impl<I: FromJson> Stream for Records<I> {
    type Item = Vec<Result<I, Error>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while !this.over {
            if !this.cuts.is_empty() {
                return Poll::Ready(Some(this.messages()));
            }
            let frame = match this.first.take() {
                Some(frame) => Some(frame),
                None => ready!(Pin::new(&mut this.body).poll_frame(context)),
            };
            match frame.map(|f| f.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) => this.cutter.feed(chunk, &mut this.cuts),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(e)) => {
                    this.over = true;
                    return Poll::Ready(Some(vec![Err(refused_body(&e))]));
                }
                None => match this.cutter.finish() {
                    Some(cut) => this.cuts.push_back(cut),
                    None => this.over = true,
                },
            }
        }
        Poll::Ready(None)
    }
}

/// A message is given whole; nothing points into this.
impl<I> Unpin for Records<I> {}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, executor::block_on, stream};
    use proptest::prelude::*;

    use super::*;
    use crate::pb::v3::ProduceRecordsRequest;

    /// Everything that a stream of these chunks is bound to.
    fn bound(chunks: Vec<Vec<u8>>) -> Vec<Result<ProduceRecordsRequest, Error>> {
        block_on(async {
            let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, std::convert::Infallible>)));
            let bind = |request: &Bound| Ok(request.body()?.unwrap_or_default());
            Records::new(None, body, bind, Bound::default()).concat().await
        })
    }

    proptest! {
        #[test]
        fn records_come_in_their_order_however_the_body_is_cut(
            partitions in prop::collection::vec(any::<i32>(), 0..8),
            size in 1usize..40,
            between in "[ \t\r\n]{0,2}",
        ) {
            let text: String = partitions.iter().map(|p| format!(r#"{{"partition_id":{p}}}{between}"#)).collect();
            let read = bound(text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect());
            let read: Vec<_> = read.into_iter().map(|message| message.unwrap().partition_id).collect();
            prop_assert_eq!(read, partitions.into_iter().map(Some).collect::<Vec<_>>());
        }

        #[test]
        fn every_body_has_an_end(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..6)) {
            for error in bound(chunks).into_iter().filter_map(Result::err) {
                prop_assert_eq!(error.http(crate::error::Dialect::V3).status, 400, "{}", error);
            }
        }
    }

    #[test]
    fn only_faults_that_can_be_read_over_let_a_stream_go_on() {
        for (text, want, why) in [
            (&br#"{"a":1}"#[..], true, "nothing is wrong"),
            (br#"{"a":NaN}"#, true, "a word for a number"),
            (br#"{"a":-Infinity,"b":[Infinity]}"#, true, "several of them"),
            (br#"{"a":"NaN"#, false, "the same word in text that has no end"),
            (b"{\"a\":\"n\xe9\"}", true, "the quote is taken for the rest of a character"),
            (b"{\"a\":\"\xff\"}", false, "a byte that begins nothing"),
            (br#"{"a" 1}"#, false, "no colon"),
            (br#"{"a":1,}"#, false, "a comma too many"),
            (b"{\"a\":\"x\ny\"}", false, "a line break in text"),
        ] {
            assert_eq!(resumes(text), want, "{why}");
        }
    }
}
