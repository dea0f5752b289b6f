//! Fetch: waiting, byte limits and transactions.

use super::*;

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, FetchRequest, InitProducerIdRequest, ProducerId, TransactionalId,
    add_partitions_to_txn_request::AddPartitionsToTxnTopic,
};

const VERSION: i16 = 11;

/// Partition, first offset, byte limit.
fn fetch_request(topic: &str, partitions: &[(i32, i64, i32)]) -> FetchRequest {
    let partitions = partitions.iter().map(|(partition, offset, limit)| {
        FetchPartition::default().with_partition(*partition).with_fetch_offset(*offset).with_partition_max_bytes(*limit)
    });
    let topic = FetchTopic::default().with_topic(topic_name(topic)).with_partitions(partitions.collect());
    FetchRequest::default().with_max_bytes(i32::MAX).with_min_bytes(1).with_max_wait_ms(0).with_topics(vec![topic])
}

fn fetch(client: &mut Client, request: &FetchRequest) -> Vec<PartitionData> {
    client.call(request, VERSION).responses.remove(0).partitions
}

fn values(data: &PartitionData) -> Vec<Bytes> {
    decode(data.records.clone().unwrap()).into_iter().map(|(value, _)| value).collect()
}

#[test]
fn fetch_waits_until_a_record_comes() {
    let broker = TestBroker::start();
    let (mut reader, mut writer) = (broker.client(), broker.client());
    writer.create_topic("t", 1, &[]);
    reader.send(&fetch_request("t", &[(0, 0, i32::MAX)]).with_max_wait_ms(i32::MAX), VERSION);
    writer.produce("t", batch(b"late"));
    let answer = reader.receive::<FetchRequest>(VERSION);
    assert_eq!(values(&answer.responses[0].partitions[0]), [b"late".as_slice()]);
}

#[test]
fn fetch_that_waits_is_woken_by_the_deletion_of_its_topic() {
    let broker = TestBroker::start();
    let (mut reader, mut writer) = (broker.client(), broker.client());
    writer.create_topic("t", 1, &[]);
    reader.send(&fetch_request("t", &[(0, 0, i32::MAX)]).with_max_wait_ms(i32::MAX), VERSION);
    let delete = kafka_protocol::messages::DeleteTopicsRequest::default().with_topic_names(vec![topic_name("t")]).with_timeout_ms(1000);
    writer.call(&delete, 5);
    assert_eq!(reader.receive::<FetchRequest>(VERSION).responses[0].partitions[0].error_code, 3);
}

#[test]
fn answer_without_records_is_empty_not_null() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 1, &[]);
    let cases = [(0, 0, 0, "end of the partition"), (0, 5, 1, "offset behind the end"), (9, 0, 3, "unknown partition")];
    for (partition, offset, error, reason) in cases {
        let answer = fetch(&mut client, &fetch_request("t", &[(partition, offset, i32::MAX)]));
        assert_eq!(answer[0].error_code, error, "{reason}");
        assert_eq!(answer[0].records, Some(Bytes::new()), "{reason}");
    }
}

#[test]
fn answer_is_cut_at_batch_borders_within_the_limits() {
    let broker = TestBroker::start();
    let mut client = broker.client();
    client.create_topic("t", 2, &[]);
    let one = batch(b"0123456789");
    let size = i32::try_from(one.len()).unwrap();
    for partition in [0, 1] {
        for _ in 0..3 {
            client.call(&produce_request("t", partition, one.clone(), -1), 9);
        }
    }
    // Limits of partition 0, of partition 1 and of the whole; how many batches of each come.
    let cases = [
        (i32::MAX, i32::MAX, i32::MAX, [3, 3], "no limit"),
        (size * 2, size * 3, i32::MAX, [2, 3], "exactly some batches"),
        (size * 2 - 1, size, i32::MAX, [1, 1], "one byte less"),
        (1, 1, i32::MAX, [1, 1], "less than a batch: one all the same, or the reader could never go on"),
        (size * 3, size * 3, size * 4, [3, 1], "the whole answer's limit"),
        (size * 3, size * 3, size * 3, [3, 0], "used up by the first partition"),
        (size * 3, size * 3, 1, [1, 0], "one batch exceeds the whole answer's limit"),
    ];
    for (first, second, whole, expected, reason) in cases {
        let request = fetch_request("t", &[(0, 0, first), (1, 0, second)]).with_max_bytes(whole);
        let counts: Vec<_> = fetch(&mut client, &request).iter().map(|partition| values(partition).len()).collect();
        assert_eq!(counts, expected, "{reason}");
    }
}

/// A transactional producer, by raw requests.
struct Transactions<'a> {
    client: &'a mut Client,
    id: i64,
    sequence: i32,
}

impl<'a> Transactions<'a> {
    fn begin(client: &'a mut Client) -> Self {
        let request = InitProducerIdRequest::default()
            .with_transactional_id(Some(TransactionalId(text("tx"))))
            .with_transaction_timeout_ms(60_000)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        let id = client.call(&request, 4).producer_id.0;
        Self { client, id, sequence: 0 }
    }

    fn write(&mut self, value: &[u8]) {
        let topic = AddPartitionsToTxnTopic::default().with_name(topic_name("t")).with_partitions(vec![0]);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(TransactionalId(text("tx")))
            .with_v3_and_below_producer_id(ProducerId(self.id))
            .with_v3_and_below_topics(vec![topic]);
        self.client.call(&request, 3);
        let written = self.client.produce("t", encode(&[record(value, Some((self.id, 0, self.sequence)))]));
        assert_eq!(written.error_code, 0);
        self.sequence += 1;
    }

    fn end(&mut self, committed: bool) {
        let request = EndTxnRequest::default()
            .with_transactional_id(TransactionalId(text("tx")))
            .with_producer_id(ProducerId(self.id))
            .with_committed(committed);
        assert_eq!(self.client.call(&request, 3).error_code, 0);
    }
}

#[test]
fn aborted_transaction_is_reported_only_to_reads_that_it_reaches_into() {
    let broker = TestBroker::start();
    let (mut client, mut reader) = (broker.client(), broker.client());
    client.create_topic("t", 1, &[]);
    let mut transactions = Transactions::begin(&mut client);
    transactions.write(b"aborted"); // offset 0, marker 1
    transactions.end(false);
    transactions.write(b"committed"); // offset 2, marker 3
    transactions.end(true);
    let cases = [(0, 1, "reads the aborted records"), (1, 1, "reads the marker"), (2, 0, "starts behind it")];
    for (offset, expected, reason) in cases {
        let answer = fetch(&mut reader, &fetch_request("t", &[(0, offset, i32::MAX)]).with_isolation_level(1));
        assert_eq!(answer[0].aborted_transactions.as_ref().unwrap().len(), expected, "{reason}");
    }
}

#[test]
fn transaction_left_open_is_aborted_after_its_timeout() {
    let broker = TestBroker::start();
    let (mut client, mut reader) = (broker.client(), broker.client());
    client.create_topic("t", 1, &[]);
    Transactions::begin(&mut client).write(b"open");
    broker.pass(Duration::from_secs(60));
    let request = fetch_request("t", &[(0, 0, i32::MAX)]).with_isolation_level(1);
    assert_eq!(fetch(&mut reader, &request)[0].last_stable_offset, 0, "not overdue yet");
    broker.pass(Duration::from_millis(1));
    assert_eq!(fetch(&mut reader, &request)[0].last_stable_offset, 2);
}
