//! librdkafka itself on the same records, in a process of its own: the limit of what a gateway over it can reach.

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer},
};

use crate::{Outcome, Result, Settings, payload, process};

/// The variable that tells a child what to do, and on which topic.
pub const CHILD: &str = "BARNABAS_BENCH_CHILD";

const PARTITIONS: i32 = 3;
const RATE: f64 = 500.0;

fn client(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.bootstrap);
    config
}

/// A new topic.
pub async fn topic(settings: &Settings, label: &str) -> Result<String> {
    let name = format!("bench-{label}-{}", uuid::Uuid::new_v4().simple());
    let admin: AdminClient<DefaultClientContext> = client(settings).create()?;
    for result in admin.create_topics(&[NewTopic::new(&name, PARTITIONS, TopicReplication::Fixed(1))], &AdminOptions::new()).await? {
        result.map_err(|(_, code)| format!("{name}: {code}"))?;
    }
    Ok(name)
}

/// A topic with two million records.
pub async fn filled(settings: &Settings) -> Result<String> {
    let topic = topic(settings, "read").await?;
    let producer: ThreadedProducer<Count> = client(settings).create_with_context(Count::default())?;
    let value = payload(settings.size, 0);
    for _ in 0..2_000_000 {
        while producer.send(BaseRecord::<(), str>::to(&topic).payload(&value)).is_err() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    producer.flush(Duration::from_secs(60))?;
    Ok(topic)
}

/// Runs this program again to do one thing natively.
pub fn run(what: &str, settings: &Settings, topic: &str) -> Result<Outcome> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--bootstrap", &settings.bootstrap, "--seconds", &settings.seconds.to_string(), "--size", &settings.size.to_string()])
        .env(CHILD, format!("{what} {topic}"))
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut fields = text.split_whitespace();
    let (records, cpu) = (fields.next().ok_or("the native run printed nothing")?.parse()?, fields.next().ok_or("no CPU time")?.parse()?);
    let latencies = fields.map(|us| Ok(Duration::from_micros(us.parse()?))).collect::<Result<_>>()?;
    Ok(Outcome { records, cpu, latencies })
}

/// The child's side: does it and prints records, CPU seconds and latencies in microseconds.
pub fn child(what: &str, settings: &Settings) -> Result<()> {
    let (what, topic) = what.split_once(' ').ok_or("what and where?")?;
    let outcome = match what {
        "produce" => produce(settings, topic)?,
        "consume" => consume(settings, topic)?,
        _ => rate(settings, topic)?,
    };
    let latencies: Vec<String> = outcome.latencies.iter().map(|l| l.as_micros().to_string()).collect();
    println!("{} {} {}", outcome.records, outcome.cpu, latencies.join(" "));
    Ok(())
}

#[derive(Default, Clone)]
struct Count(Arc<AtomicU64>);

impl ClientContext for Count {}

impl ProducerContext for Count {
    type DeliveryOpaque = ();

    fn delivery(&self, report: &DeliveryResult<'_>, (): ()) {
        self.0.fetch_add(u64::from(report.is_ok()), Relaxed);
    }
}

fn produce(settings: &Settings, topic: &str) -> Result<Outcome> {
    let count = Count::default();
    let producer: ThreadedProducer<Count> = client(settings)
        .set("linger.ms", "1")
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .create_with_context(count.clone())?;
    let value = payload(settings.size, 0);
    let send_for = |seconds: f64| -> Result<()> {
        let (begin, before, mut sent) = (Instant::now(), count.0.load(Relaxed), 0);
        while begin.elapsed().as_secs_f64() < seconds {
            for _ in 0..1000 {
                while producer.send(BaseRecord::<(), str>::to(topic).payload(&value)).is_err() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                sent += 1;
            }
            while sent - (count.0.load(Relaxed) - before) > 100_000 {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        Ok(producer.flush(Duration::from_secs(20))?)
    };
    send_for(1.0)?;
    let (before, cpu) = (count.0.load(Relaxed), process::cpu(std::process::id())?);
    send_for(settings.seconds)?;
    Ok(Outcome { records: count.0.load(Relaxed) - before, cpu: process::cpu(std::process::id())? - cpu, latencies: Vec::new() })
}

fn consume(settings: &Settings, topic: &str) -> Result<Outcome> {
    let consumer: BaseConsumer = client(settings).set("group.id", "bench").set("enable.auto.commit", "false").create()?;
    let (mut list, mut total) = (TopicPartitionList::new(), 0);
    for partition in 0..PARTITIONS {
        list.add_partition_offset(topic, partition, Offset::Beginning)?;
        let (low, high) = consumer.fetch_watermarks(topic, partition, Duration::from_secs(10))?;
        total += u64::try_from(high - low)?;
    }
    consumer.assign(&list)?;
    let (mut records, cpu) = (0, process::cpu(std::process::id())?);
    while records < total {
        if let Some(record) = consumer.poll(Duration::from_millis(100)) {
            std::hint::black_box(record?.payload());
            records += 1;
        }
    }
    Ok(Outcome { records, cpu: process::cpu(std::process::id())? - cpu, latencies: Vec::new() })
}

#[derive(Default, Clone)]
struct Timed(Arc<Mutex<Vec<Duration>>>);

impl ClientContext for Timed {}

impl ProducerContext for Timed {
    type DeliveryOpaque = Box<Instant>;

    fn delivery(&self, report: &DeliveryResult<'_>, due: Box<Instant>) {
        if report.is_ok()
            && let Ok(mut latencies) = self.0.lock()
        {
            latencies.push(due.elapsed());
        }
    }
}

/// One record at a time at a fixed rate; the latency counts from the planned moment.
fn rate(settings: &Settings, topic: &str) -> Result<Outcome> {
    let timed = Timed::default();
    let producer: ThreadedProducer<Timed> =
        client(settings).set("linger.ms", "0").set("enable.idempotence", "true").create_with_context(timed.clone())?;
    let value = payload(settings.size, 0);
    let send = |due: Instant| {
        producer.send(BaseRecord::<(), str, Box<Instant>>::with_opaque_to(topic, Box::new(due)).payload(&value)).map_err(|(e, _)| e)
    };
    send(Instant::now())?;
    producer.flush(Duration::from_secs(20))?;
    if let Ok(mut latencies) = timed.0.lock() {
        latencies.clear();
    }
    let begin = Instant::now();
    for i in 0..(RATE * settings.seconds) as u32 {
        let due = begin + Duration::from_secs_f64(f64::from(i) / RATE);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        send(due)?;
    }
    producer.flush(Duration::from_secs(20))?;
    let latencies = timed.0.lock().map(|l| l.clone()).unwrap_or_default();
    Ok(Outcome { records: latencies.len() as u64, cpu: 0.0, latencies })
}
