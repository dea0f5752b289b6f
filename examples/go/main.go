// Command example produces records to a topic through Barnabas and reads them back:
//
//	go run . [ADDRESS [TOPIC]]
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	v2 "barnabas.example/gen/barnabas/v2"
	v3 "barnabas.example/gen/barnabas/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

const each = 10

func main() {
	log.SetFlags(0)
	address, topic := "127.0.0.1:8082", "example-go"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if len(os.Args) > 2 {
		topic = os.Args[2]
	}
	if err := run(address, topic); err != nil {
		log.Fatal(err)
	}
}

func run(address, topic string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()

	records := v3.NewRecordServiceClient(conn)
	if err := produceBatch(ctx, records, topic); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	if err := produceStream(ctx, records, topic); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	read, err := consume(ctx, v2.NewConsumerServiceClient(conn), topic, 2*each)
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	fmt.Printf("wrote %d records, read %d\n", 2*each, read)
	return nil
}

// produceBatch writes ten records in one request, with one answer for each.
func produceBatch(ctx context.Context, records v3.RecordServiceClient, topic string) error {
	request := &v3.ProduceBatchRequest{TopicName: topic}
	for i := range each {
		request.Entries = append(request.Entries, &v3.ProduceBatchRequestEntry{
			Id:    fmt.Sprint(i),
			Key:   &v3.RecordData{Payload: fmt.Appendf(nil, "key-%d", i)},
			Value: &v3.RecordData{Payload: fmt.Appendf(nil, "batch %d", i)},
		})
	}
	answer, err := records.ProduceBatch(ctx, request)
	if err != nil {
		return err
	}
	for _, failure := range answer.Failures {
		return fmt.Errorf("record %s was not written: %s", failure.Id, failure.Message)
	}
	return nil
}

// produceStream writes ten records in a stream; each is answered as soon as it is written.
func produceStream(ctx context.Context, records v3.RecordServiceClient, topic string) error {
	stream, err := records.ProduceRecords(ctx)
	if err != nil {
		return err
	}
	for i := range each {
		record := &v3.ProduceRecordsRequest{TopicName: topic, Value: &v3.RecordData{Payload: fmt.Appendf(nil, "stream %d", i)}}
		if err := stream.Send(record); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for written := 0; ; written++ {
		answer, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF) && written == each:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%d answers to %d records", written, each)
		case err != nil:
			return err
		case answer.ErrorCode != 200:
			return fmt.Errorf("not written: %s", answer.GetMessage())
		}
	}
}

// consume reads the topic from its beginning until count records have come.
func consume(ctx context.Context, consumers v2.ConsumerServiceClient, topic string, count int) (int, error) {
	group := "example-" + rand.Text()
	created, err := consumers.CreateConsumer(ctx, &v2.CreateConsumerRequest{
		GroupId:         group,
		Format:          proto.String("binary"),
		AutoOffsetReset: proto.String("earliest"),
	})
	if err != nil {
		return 0, err
	}
	instance := created.InstanceId
	defer func() {
		if _, err := consumers.DeleteConsumer(ctx, &v2.DeleteConsumerRequest{GroupId: group, InstanceId: instance}); err != nil {
			log.Printf("the instance stays: %v", err)
		}
	}()
	subscription := &v2.SubscribeRequest{GroupId: group, InstanceId: instance, Topics: []string{topic}}
	if _, err := consumers.Subscribe(ctx, subscription); err != nil {
		return 0, err
	}
	read := 0
	for read < count {
		request := &v2.ReadRecordsRequest{GroupId: group, InstanceId: instance, TimeoutMs: proto.Int64(1000)}
		answer, err := consumers.ReadRecords(ctx, request)
		if err != nil {
			return read, err
		}
		for _, record := range answer.Records {
			fmt.Printf("%s/%d@%d %s\n", record.Topic, record.Partition, record.Offset, record.GetValue().GetPayload())
		}
		read += len(answer.Records)
	}
	return read, nil
}
