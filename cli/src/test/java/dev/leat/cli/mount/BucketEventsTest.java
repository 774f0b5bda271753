package dev.leat.cli.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cli.mount.BucketEvents.Event;
import dev.leat.cli.output.Json;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms in which buckets tell of changes. */
class BucketEventsTest {
    private static final String RECORDS = """
            {"EventName":"s3:ObjectCreated:Put","Key":"b/a+b%2Fc","Records":[
              {"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a+b%2Fc%C3%B6","size":5}}},
              {"eventName":"s3:ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"d"}}}]}""";

    @Test
    void recordsAreReadAndTheirKeysDecoded() throws Exception {
        assertThat(BucketEvents.parse(RECORDS))
                .containsExactly(new Event("b", "a b/c\u00f6", false), new Event("b", "d", true));
    }

    @Test
    void aMessageOfSnsHoldsThem() throws Exception {
        String message = Json.line(Map.of("Type", "Notification", "Message", RECORDS));
        assertThat(BucketEvents.parse(message)).hasSize(2);
        assertThat(BucketEvents.parse(Json.line(Map.of("Type", "SubscriptionConfirmation", "Message", "hello"))))
                .isEmpty();
    }

    @Test
    void eventBridgeDoesNotEncodeKeys() throws Exception {
        String event = """
                {"detail-type":"Object Deleted","source":"aws.s3","detail":{"bucket":{"name":"b"},"object":{"key":"a+b"}}}""";
        assertThat(BucketEvents.parse(event)).containsExactly(new Event("b", "a+b", true));
        assertThat(BucketEvents.parse("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\"}"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no",
                "[]",
                "{}",
                "{\"Records\":[{\"s3\":{}}]}",
                "{\"Records\":[{\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"%zz\"}}}]}"
            })
    void whatIsNoEventIsRefused(String text) {
        assertThatThrownBy(() -> BucketEvents.parse(text))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("\n");
    }
}
