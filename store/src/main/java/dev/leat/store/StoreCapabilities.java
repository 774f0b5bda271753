package dev.leat.store;

/**
 * What a store can do.
 *
 * @param conditionalPut whether {@link PutCondition.IfAbsent} and {@link PutCondition.IfMatch} are enforced
 * @param partMinBytes smallest part of an upload except the last, in bytes
 * @param partMaxBytes largest part, in bytes
 * @param partsMax most parts of one upload
 * @param putMaxBytes largest object of one {@link ObjectStore#put}, in bytes
 * @param deleteBatchMax most keys that one request deletes
 */
public record StoreCapabilities(
        boolean conditionalPut,
        int partMinBytes,
        long partMaxBytes,
        int partsMax,
        long putMaxBytes,
        int deleteBatchMax) {}
