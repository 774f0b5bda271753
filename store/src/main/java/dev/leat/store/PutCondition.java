package dev.leat.store;

/** What must hold for a put or a completed upload to take effect. */
public sealed interface PutCondition {

    /** Replaces whatever is there. */
    record Always() implements PutCondition {}

    /** Only where no object has the key ({@code If-None-Match: *}); ignored by stores that cannot. */
    record IfAbsent() implements PutCondition {}

    /**
     * Only over the object with this validator ({@code If-Match}).
     *
     * @param etag the validator
     */
    record IfMatch(String etag) implements PutCondition {}

    /** Replaces whatever is there. */
    PutCondition ALWAYS = new Always();

    /** Only where no object has the key. */
    PutCondition IF_ABSENT = new IfAbsent();
}
