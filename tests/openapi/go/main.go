// Uses the client that a generator has made of the gateway's OpenAPI document, as it is: main ADDRESS TOPIC
//
// Each area is a function; a new one is added to the list in main.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"barnabas/openapi/client"
)

// calls counts the operations that were called with success.
type calls struct {
	api     *client.APIClient
	ctx     context.Context
	cluster string
	broker  int32
	topic   string
	count   int
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: main ADDRESS TOPIC")
	}
	settings := client.NewConfiguration()
	settings.Servers = client.ServerConfigurations{{URL: "http://" + os.Args[1]}}
	c := &calls{api: client.NewAPIClient(settings), ctx: context.Background(), topic: os.Args[2]}
	for _, area := range []func(*calls){clusters, topics, partitions, records, consumers, goodbye} {
		area(c)
	}
	fmt.Printf("%d operations\n", c.count)
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// must counts a call, and ends the program if it failed.
func must[T any](c *calls, operation string) func(T, *http.Response, error) T {
	return func(answer T, _ *http.Response, err error) T {
		done(c, operation, err)
		return answer
	}
}

func done(c *calls, operation string, err error) {
	var refused *client.GenericOpenAPIError
	if errors.As(err, &refused) {
		fail("%s: %v: %s", operation, err, refused.Body())
	}
	if err != nil {
		fail("%s: %v", operation, err)
	}
	c.count++
}

func want[T comparable](what string, want, got T) {
	if want != got {
		fail("%s: want %v, got %v", what, want, got)
	}
}

func clusters(c *calls) {
	list := must[*client.ListClustersResponse](c, "listClusters")(c.api.ClusterV3API.ListClusters(c.ctx).Execute())
	want("clusters", 1, len(list.Data))
	c.cluster = list.Data[0].ClusterId
	cluster := must[*client.Cluster](c, "getCluster")(c.api.ClusterV3API.GetCluster(c.ctx, c.cluster).Execute())
	want("kind", "KafkaCluster", cluster.Kind)
	brokers := must[*client.ListBrokersResponse](c, "listBrokers")(c.api.BrokerV3API.ListBrokers(c.ctx, c.cluster).Execute())
	c.broker = brokers.Data[0].BrokerId
	broker := must[*client.Broker](c, "getBroker")(c.api.BrokerV3API.GetBroker(c.ctx, c.cluster, c.broker).Execute())
	want("broker", c.broker, broker.BrokerId)
}

func topics(c *calls) {
	create := client.NewCreateTopicRequest(c.topic)
	create.SetPartitionsCount(1)
	create.SetReplicationFactor(1)
	entry := client.NewTopicConfigEntry("retention.ms")
	entry.SetValue("86400000")
	create.SetConfigs([]client.TopicConfigEntry{*entry})
	created := must[*client.Topic](c, "createTopic")(c.api.TopicV3API.CreateTopic(c.ctx, c.cluster).CreateTopicRequest(*create).Execute())
	want("topic", c.topic, created.TopicName)
	_, _, err := c.api.TopicV3API.CreateTopic(c.ctx, c.cluster).CreateTopicRequest(*create).Execute()
	var refused *client.GenericOpenAPIError
	if !errors.As(err, &refused) {
		fail("a topic is made twice: %v", err)
	}
	model, ok := refused.Model().(client.ErrorResponse)
	want("the error has a model", true, ok)
	want("error_code", 40002, model.ErrorCode)

	got := must[*client.Topic](c, "getTopic")(c.api.TopicV3API.GetTopic(c.ctx, c.cluster, c.topic).IncludeAuthorizedOperations(true).Execute())
	want("kind", "KafkaTopic", got.Kind)
	page := must[*client.ListTopicsResponse](c, "listTopics")(c.api.TopicV3API.ListTopics(c.ctx, c.cluster).PageSize(1).Execute())
	want("topics of a page", 1, len(page.Data))
	must[*client.Topic](c, "updatePartitionCount")(c.api.TopicV3API.UpdatePartitionCount(c.ctx, c.cluster, c.topic).UpdatePartitionCountRequest(*client.NewUpdatePartitionCountRequest(2)).Execute())
	names := must[[]string](c, "listTopicsV2")(c.api.MetadataV2API.ListTopicsV2(c.ctx).Execute())
	want("there are topics", true, len(names) > 0)
	topic := must[*client.V2Topic](c, "getTopicV2")(c.api.MetadataV2API.GetTopicV2(c.ctx, c.topic).Execute())
	want("retention.ms", "86400000", *topic.Configs["retention.ms"])
}

func partitions(c *calls) {
	must[*client.ListPartitionsResponse](c, "listPartitions")(c.api.PartitionV3API.ListPartitions(c.ctx, c.cluster, c.topic).Execute())
	partition := must[*client.Partition](c, "getPartition")(c.api.PartitionV3API.GetPartition(c.ctx, c.cluster, c.topic, 0).Execute())
	want("the partition has a leader", true, partition.Leader.IsSet() && partition.Leader.Get() != nil)
	replicas := must[*client.ListReplicasResponse](c, "listReplicas")(c.api.ReplicaV3API.ListReplicas(c.ctx, c.cluster, c.topic, 0).Execute())
	want("replicas", 1, len(replicas.Data))
	replica := must[*client.Replica](c, "getReplica")(c.api.ReplicaV3API.GetReplica(c.ctx, c.cluster, c.topic, 0, replicas.Data[0].BrokerId).Execute())
	want("is_leader", true, replica.IsLeader)
}

func records(c *calls) {
	record := client.NewProduceRecordsRequest()
	record.SetPartitionId(0)
	record.SetKey(data(client.RECORD_FORMAT_STRING, "key"))
	record.SetValue(data(client.RECORD_FORMAT_JSON, map[string]any{"n": 1}))
	written := must[*client.ProduceRecordsResponse](c, "produceRecords")(c.api.RecordV3API.ProduceRecords(c.ctx, c.cluster, c.topic).ProduceRecordsRequest(*record).Execute())
	want("error_code", 200, written.ErrorCode)
	entry := client.NewProduceBatchRequestEntry("1")
	entry.SetPartitionId(0)
	entry.SetValue(data(client.RECORD_FORMAT_BINARY, "AAEC"))
	entries := client.NewProduceBatchRequest()
	entries.SetEntries([]client.ProduceBatchRequestEntry{*entry})
	batch := must[*client.ProduceBatchResponse](c, "produceBatch")(c.api.RecordV3API.ProduceBatch(c.ctx, c.cluster, c.topic).ProduceBatchRequest(*entries).Execute())
	want("successes", 1, len(batch.Successes))
	old := client.NewV2ProduceRecordBinary()
	old.SetValue("AwQF")
	request := client.NewV2ProduceRequestBinary()
	request.SetRecords([]client.V2ProduceRecordBinary{*old})
	must[*client.V2ProduceResponse](c, "produceV2ByPartitionId")(c.api.ProduceV2API.ProduceV2ByPartitionId(c.ctx, c.topic, 0).V2ProduceRequestBinary(*request).Execute())
	must[*client.V2ProduceResponse](c, "produceV2")(c.api.ProduceV2API.ProduceV2(c.ctx, c.topic).V2ProduceRequestBinary(*request).Execute())
	offsets := must[*client.PartitionOffsets](c, "getPartitionOffset")(c.api.PartitionV3API.GetPartitionOffset(c.ctx, c.cluster, c.topic, 0).Execute())
	want("there are records", true, offsets.LatestOffset >= 3)
	must[*client.V2GetPartitionOffsetsResponse](c, "getPartitionOffsetsV2")(c.api.MetadataV2API.GetPartitionOffsetsV2(c.ctx, c.topic, 0).Execute())
}

func data(format client.RecordFormat, value any) client.RecordData {
	data := client.NewRecordData(value)
	data.SetType(format)
	return *data
}

func consumers(c *calls) {
	group := c.topic + "-group"
	instance := client.NewV2CreateConsumerRequest()
	instance.SetName("reader")
	instance.SetFormat("binary")
	must[*client.V2CreateConsumerResponse](c, "createConsumerV2")(c.api.ConsumerV2API.CreateConsumerV2(c.ctx, group).V2CreateConsumerRequest(*instance).Execute())
	first := client.NewV2TopicPartitionInput()
	first.SetTopic(c.topic)
	first.SetPartition(0)
	partition := []client.V2TopicPartitionInput{*first}
	_, err := c.api.ConsumerV2API.AssignV2(c.ctx, group, "reader").V2AssignRequest(*client.NewV2AssignRequest(partition)).Execute()
	done(c, "assignV2", err)
	_, err = c.api.ConsumerV2API.SeekToBeginningV2(c.ctx, group, "reader").V2SeekToBeginningRequest(*client.NewV2SeekToBeginningRequest(partition)).Execute()
	done(c, "seekToBeginningV2", err)
	read := 0
	for tries := 0; read < 3 && tries < 20; tries++ {
		records, _, err := c.api.ConsumerV2API.ReadRecordsV2(c.ctx, group, "reader").Execute()
		if err != nil {
			done(c, "readRecordsV2", err)
		}
		read += len(records)
	}
	want("three records or more are read", true, read >= 3)
	done(c, "readRecordsV2", nil)
	_, err = c.api.ConsumerV2API.DeleteConsumerV2(c.ctx, group, "reader").Execute()
	done(c, "deleteConsumerV2", err)
}

func goodbye(c *calls) {
	_, err := c.api.TopicV3API.DeleteTopic(c.ctx, c.cluster, c.topic).Execute()
	done(c, "deleteTopic", err)
}
