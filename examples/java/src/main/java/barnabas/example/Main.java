package barnabas.example;

import barnabas.v2.ConsumerServiceGrpc;
import barnabas.v2.ConsumerServiceGrpc.ConsumerServiceBlockingStub;
import barnabas.v2.ConsumerServiceOuterClass.CreateConsumerRequest;
import barnabas.v2.ConsumerServiceOuterClass.DeleteConsumerRequest;
import barnabas.v2.ConsumerServiceOuterClass.ReadRecordsRequest;
import barnabas.v2.ConsumerServiceOuterClass.SubscribeRequest;
import barnabas.v3.RecordServiceGrpc;
import barnabas.v3.RecordServiceGrpc.RecordServiceBlockingV2Stub;
import barnabas.v3.RecordServiceOuterClass.ProduceBatchRequest;
import barnabas.v3.RecordServiceOuterClass.ProduceBatchRequestEntry;
import barnabas.v3.RecordServiceOuterClass.ProduceRecordsRequest;
import barnabas.v3.RecordServiceOuterClass.RecordData;
import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import java.time.Duration;
import java.util.UUID;

/** Produces records to a topic through Barnabas and reads them back: {@code Main [ADDRESS [TOPIC]]}. */
public final class Main {
    private static final int EACH = 10;

    public static void main(String[] args) throws Exception {
        var address = args.length > 0 ? args[0] : "127.0.0.1:8082";
        var topic = args.length > 1 ? args[1] : "example-java";
        var channel = Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
        try {
            var records = RecordServiceGrpc.newBlockingV2Stub(channel);
            int written = produceBatch(records, topic) + produceStream(records, topic);
            int read = consume(ConsumerServiceGrpc.newBlockingStub(channel), topic, written);
            System.out.printf("wrote %d records, read %d%n", written, read);
            if (written != 2 * EACH || read < written) {
                throw new IllegalStateException("records are missing");
            }
        } finally {
            channel.shutdownNow();
        }
    }

    /** Ten records in one request, with one answer for each. */
    private static int produceBatch(RecordServiceBlockingV2Stub records, String topic) throws Exception {
        var request = ProduceBatchRequest.newBuilder().setTopicName(topic);
        for (int i = 0; i < EACH; i++) {
            request.addEntries(ProduceBatchRequestEntry.newBuilder().setId("" + i).setKey(data("key-" + i)).setValue(data("batch " + i)));
        }
        var answer = records.withDeadlineAfter(Duration.ofSeconds(30)).produceBatch(request.build());
        answer.getFailuresList().forEach(it -> System.err.printf("record %s was not written: %s%n", it.getId(), it.getMessage()));
        return answer.getSuccessesCount();
    }

    /** Ten records in a stream; each is answered as soon as it is written. */
    private static int produceStream(RecordServiceBlockingV2Stub records, String topic) throws Exception {
        var stream = records.withDeadlineAfter(Duration.ofSeconds(30)).produceRecords();
        for (int i = 0; i < EACH; i++) {
            stream.write(ProduceRecordsRequest.newBuilder().setTopicName(topic).setValue(data("stream " + i)).build());
        }
        stream.halfClose();
        int written = 0;
        for (var answer = stream.read(); answer != null; answer = stream.read()) {
            if (answer.getErrorCode() == 200) {
                written++;
            } else {
                System.err.println("not written: " + answer.getMessage());
            }
        }
        return written;
    }

    /** Reads the topic from its beginning until {@code count} records have come, for at most 30 seconds. */
    private static int consume(ConsumerServiceBlockingStub consumers, String topic, int count) {
        var group = "example-" + UUID.randomUUID();
        var create = CreateConsumerRequest.newBuilder().setGroupId(group).setFormat("binary").setAutoOffsetReset("earliest");
        var instance = consumers.createConsumer(create.build()).getInstanceId();
        try {
            var subscription = SubscribeRequest.newBuilder().setGroupId(group).setInstanceId(instance).addTopics(topic);
            consumers.subscribe(subscription.build());
            var request = ReadRecordsRequest.newBuilder().setGroupId(group).setInstanceId(instance).setTimeoutMs(1000).build();
            var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            int read = 0;
            while (read < count && System.nanoTime() < end) {
                var answer = consumers.readRecords(request);
                for (var record : answer.getRecordsList()) {
                    var value = record.getValue().getPayload().toStringUtf8();
                    System.out.printf("%s/%d@%d %s%n", record.getTopic(), record.getPartition(), record.getOffset(), value);
                }
                read += answer.getRecordsCount();
            }
            return read;
        } finally {
            consumers.deleteConsumer(DeleteConsumerRequest.newBuilder().setGroupId(group).setInstanceId(instance).build());
        }
    }

    private static RecordData data(String text) {
        return RecordData.newBuilder().setPayload(ByteString.copyFromUtf8(text)).build();
    }
}
