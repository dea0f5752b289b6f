//! `barnabas.v3.RecordService`: producing records to one topic, as a stream or several at once.
//!
//! How a key or a value becomes bytes is in [`data`], its schema in [`choose`]; the stream in [`stream`], the batch in [`batch`]; what both have in common, in
//! [`group`].

mod batch;
mod choose;
mod data;
mod group;
mod stream;

use std::{
    future::ready,
    sync::{Arc, OnceLock},
    time::Instant,
};

use choose::Chooser;
use futures::{Stream, StreamExt, stream::BoxStream};
use tonic::{Request, Response, Status, Streaming};

use super::{Settings, schemas::Schemas};
use crate::{
    caller::Caller,
    error::Result,
    kafka::Kafka,
    pb::{
        streams::RecordServiceStreams,
        v3::{self, ProduceBatchRequest, ProduceBatchResponse, ProduceRecordsRequest, ProduceRecordsResponse},
    },
};

/// Produces records to one topic.
pub struct RecordService {
    kafka: Arc<Kafka>,
    schemas: Arc<Schemas>,
    settings: Settings,
}

impl RecordService {
    /// Asks Kafka for nothing yet.
    pub fn new(kafka: Arc<Kafka>, schemas: Arc<Schemas>, settings: Settings) -> Self {
        Self { kafka, schemas, settings }
    }

    /// One answer for each record of the stream, in its order, as soon as it is known; records that are there together are sent and
    /// answered together. An `Err` is a record that could not be read: it has its answer in its place, and the stream goes on. Ends
    /// when the requests end.
    ///
    /// Nothing is read while more records are without an answer than the settings allow, or while nobody takes the answers.
    ///
    /// # Cancel safety
    /// If the answers are dropped, records that were read before are still written.
    pub fn answers(
        &self,
        caller: Caller,
        requests: impl Stream<Item = Vec<Result<ProduceRecordsRequest>>> + Send + 'static,
    ) -> impl Stream<Item = Vec<ProduceRecordsResponse>> + Send + 'static {
        stream::answers(self.kafka.clone(), self.schemas.clone(), caller, requests, &self.settings)
    }
}

impl RecordServiceStreams for RecordService {
    async fn produce_records(
        &self,
        request: Request<BoxStream<'static, Vec<Result<ProduceRecordsRequest>>>>,
    ) -> Result<Response<BoxStream<'static, Vec<ProduceRecordsResponse>>>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.answers(caller, request.into_inner()).boxed()))
    }
}

#[tonic::async_trait]
impl v3::record_service_server::RecordService for RecordService {
    type ProduceRecordsStream = BoxStream<'static, Result<ProduceRecordsResponse, Status>>;

    async fn produce_records(
        &self,
        request: Request<Streaming<ProduceRecordsRequest>>,
    ) -> Result<Response<Self::ProduceRecordsStream>, Status> {
        let caller = Caller::of(&request)?;
        // What breaks the stream is no record: the answers to those before it are sent, then the RPC ends with it. tonic would repeat
        // the error of a message that cannot be decoded for ever.
        let broken = Arc::new(OnceLock::new());
        let why = broken.clone();
        let records = request.into_inner().scan((), move |(), record| ready(record.map_err(|status| why.set(status)).ok().map(Ok)));
        let end = futures::stream::once(async move { broken.get().cloned() }).filter_map(ready).map(Err);
        let answers = self.answers(caller, records.ready_chunks(stream::GROUP_RECORDS)).flat_map(futures::stream::iter);
        Ok(Response::new(answers.map(Ok).chain(end).boxed()))
    }

    async fn produce_batch(&self, request: Request<ProduceBatchRequest>) -> Result<Response<ProduceBatchResponse>, Status> {
        let caller = Caller::of(&request)?;
        let batch = request.into_inner();
        batch::check(&batch, self.settings.batch_maximum_entries.get())?;
        let deadline = caller.deadline.min(Instant::now() + self.settings.delivery_timeout);
        let chooser = Chooser::new(self.schemas.clone());
        Ok(Response::new(batch::send(batch, chooser, &*self.kafka.producer(&caller)?, deadline).await))
    }
}
