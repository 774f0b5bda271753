package dev.leat.cli.metrics;

import java.util.List;

/**
 * Every metric of a mount beside those of the JVM: the one list from which the endpoint, {@code .stats} and the
 * documentation are made. Names end in their unit; counters end in {@code _total}.
 */
public enum Metric {
    BUILD("leat_build_info", Kind.INFO, "Version of Leat and of the Java runtime.", "version", "java"),
    MOUNT(
            "leat_mount_info",
            Kind.INFO,
            "The volume that is mounted: its name, metadata engine and kind of store, and where it is mounted.",
            "volume",
            "engine",
            "store",
            "mountpoint"),
    UPTIME("leat_uptime_seconds", Kind.GAUGE, "Time since the volume was mounted."),

    FUSE_LATENCY(
            "leat_fuse_request_seconds",
            Kind.HISTOGRAM,
            "Requests of the kernel by the time from reading them to answering, failed ones included.",
            "op"),
    FUSE_ERRORS(
            "leat_fuse_request_errors_total",
            Kind.COUNTER,
            "Requests of the kernel that were answered with an error number; names that are not there (ENOENT) among them.",
            "op"),
    FUSE_READ_BYTES(
            "leat_fuse_read_bytes_total",
            Kind.COUNTER,
            "Bytes given to the kernel in reply to READ; what it had in its page cache was not asked for."),
    FUSE_WRITTEN_BYTES("leat_fuse_written_bytes_total", Kind.COUNTER, "Bytes taken from the kernel with WRITE."),
    FUSE_IN_FLIGHT(
            "leat_fuse_requests_in_flight",
            Kind.GAUGE,
            "Requests of the kernel that are being answered on threads of their own."),

    OPEN_FILES("leat_open_files", Kind.GAUGE, "Open file handles."),
    OPEN_DIRECTORIES("leat_open_directories", Kind.GAUGE, "Open directory handles."),
    OPENS(
            "leat_opens_total",
            Kind.COUNTER,
            "Files opened, by path: passthrough = the kernel reads it by itself, work = and writes it, work_writes = but for writes through "
                    + "this handle; else this process does, because off = there is no passthrough on the mount, layout = the content is "
                    + "not one blob of at least 4 MiB, partial = not all of it is cached, changes = it is changed in place or appended to, "
                    + "room = the disk or the quota is nearly full, shared = it was open so already, refused = by the kernel.",
            "path"),
    OPEN_INODES("leat_open_inodes", Kind.GAUGE, "Files that are open or hold unpublished bytes."),

    UNPUBLISHED_FILES(
            "leat_unpublished_files", Kind.GAUGE, "Files with bytes that were written here and are in no record yet."),
    UNPUBLISHED_BYTES(
            "leat_unpublished_bytes",
            Kind.GAUGE,
            "Bytes that were written here and are in no record yet: with --durability local safe on the work disk as soon as they are "
                    + "synced, else lost with this machine."),
    UNPUBLISHED_SECONDS(
            "leat_unpublished_seconds",
            Kind.GAUGE,
            "How long the oldest of the unpublished bytes has been waiting; 0 if there is none."),
    KEPT_ASIDE(
            "leat_kept_aside_files",
            Kind.GAUGE,
            "Files NAME.leat-lost-… that this mount made for acknowledged bytes whose file others had changed or removed."),
    PUBLICATIONS("leat_publications_total", Kind.COUNTER, "Publications of a file that were committed."),
    PUBLICATION_FAILURES(
            "leat_publication_failures_total",
            Kind.COUNTER,
            "Publications that failed; their bytes wait in the work file and are tried again."),
    PACKS("leat_packs_total", Kind.COUNTER, "Objects sent that small files share."),
    PACKED_FILES("leat_packed_files_total", Kind.COUNTER, "Small files in the objects that they share."),
    PACKED_BYTES("leat_packed_bytes_total", Kind.COUNTER, "Bytes of the objects that small files share."),

    CACHE_HITS("leat_cache_hits_total", Kind.COUNTER, "Reads that a tier of the cache served.", "tier"),
    CACHE_HIT_BYTES("leat_cache_hit_bytes_total", Kind.COUNTER, "Bytes that a tier of the cache served.", "tier"),
    CACHE_MISSES("leat_cache_misses_total", Kind.COUNTER, "Reads that no tier could serve."),
    CACHE_MISS_BYTES("leat_cache_miss_bytes_total", Kind.COUNTER, "Bytes of reads that no tier could serve."),
    CACHE_FETCHES("leat_cache_fetches_total", Kind.COUNTER, "Reads of the store, for readers and ahead of them."),
    CACHE_FETCHED_BYTES("leat_cache_fetched_bytes_total", Kind.COUNTER, "Bytes read from the store."),
    CACHE_FETCH_FAILURES("leat_cache_fetch_failures_total", Kind.COUNTER, "Reads of the store that failed."),
    CACHE_FILLS("leat_cache_fills_total", Kind.COUNTER, "Ranges kept in the cache."),
    CACHE_FILLED_BYTES("leat_cache_filled_bytes_total", Kind.COUNTER, "Bytes kept in the cache."),
    CACHE_PASSED("leat_cache_passed_by_total", Kind.COUNTER, "Ranges not kept, for want of room they might take."),
    CACHE_PASSED_BYTES("leat_cache_passed_by_bytes_total", Kind.COUNTER, "Bytes not kept, for want of room."),
    CACHE_EVICTIONS("leat_cache_evictions_total", Kind.COUNTER, "Units of up to 4 MiB that made room for others."),
    CACHE_EVICTED_BYTES("leat_cache_evicted_bytes_total", Kind.COUNTER, "Bytes that made room for others."),
    CACHE_SUSPECTS(
            "leat_cache_suspect_pages_total", Kind.COUNTER, "Pages compared with their checksums after a power loss."),
    CACHE_SCRUBBED(
            "leat_cache_scrubbed_bytes_total",
            Kind.COUNTER,
            "Bytes read from disks of the cache to compare them with their checksums."),
    CACHE_CORRUPT(
            "leat_cache_corrupt_pages_total",
            Kind.COUNTER,
            "Pages that differed from their checksums and were dropped."),
    CACHE_USED("leat_cache_used_bytes", Kind.GAUGE, "Bytes that a folder of the cache holds.", "tier", "folder"),
    CACHE_ALLOCATED(
            "leat_cache_allocated_bytes", Kind.GAUGE, "Bytes that a folder takes on its disk.", "tier", "folder"),
    CACHE_LIMIT("leat_cache_limit_bytes", Kind.GAUGE, "Most bytes that a folder may hold.", "tier", "folder"),
    CACHE_LENT(
            "leat_cache_lent_bytes",
            Kind.GAUGE,
            "Bytes in a folder that the kernel reads by itself and that are not evicted as long.",
            "tier",
            "folder"),
    CACHE_FILES("leat_cache_files", Kind.GAUGE, "Files that a folder has.", "tier", "folder"),
    CACHE_FILES_LIMIT("leat_cache_files_limit", Kind.GAUGE, "Most files that a folder may have.", "tier", "folder"),
    CACHE_OUT(
            "leat_cache_folder_out_of_service",
            Kind.GAUGE,
            "1 if a folder failed and is not used until the next mount.",
            "tier",
            "folder"),
    CACHE_DISK_FAILURES(
            "leat_cache_disk_failures_total",
            Kind.COUNTER,
            "Folders taken out of service, those included that could not be opened when the volume was mounted."),

    READ_AHEAD_BYTES("leat_read_ahead_bytes_total", Kind.COUNTER, "Bytes fetched before anybody asked for them."),
    READ_AHEAD_WASTED(
            "leat_read_ahead_wasted_bytes_total",
            Kind.COUNTER,
            "Bytes fetched ahead and evicted before they were read."),
    READ_AHEAD_REFUSED(
            "leat_read_ahead_refused_total", Kind.COUNTER, "Fetches ahead not made for want of memory or requests."),

    BUFFER_USED("leat_buffer_used_bytes", Kind.GAUGE, "Memory outside the heap that is in use for buffers."),
    BUFFER_RESERVED("leat_buffer_reserved_bytes", Kind.GAUGE, "Memory outside the heap taken from the system."),
    BUFFER_LIMIT("leat_buffer_limit_bytes", Kind.GAUGE, "Most memory outside the heap that buffers may use."),
    BUFFER_PEAK("leat_buffer_peak_bytes", Kind.GAUGE, "Most memory outside the heap that was in use so far."),
    BUFFER_WAITS("leat_buffer_waits_total", Kind.COUNTER, "Requests for a buffer that had to wait for one."),
    BUFFER_REFUSALS(
            "leat_buffer_refusals_total",
            Kind.COUNTER,
            "Requests for a buffer that got none and did without, or failed."),

    COMPACTED_EXTENTS(
            "leat_compaction_extents_read_total",
            Kind.COUNTER,
            "Pieces of files that compaction in the background put together."),
    COMPACTION_EXTENTS("leat_compaction_extents_written_total", Kind.COUNTER, "Pieces that they became."),
    COMPACTION_OBJECTS(
            "leat_compaction_objects_total", Kind.COUNTER, "Objects that compaction in the background sent."),
    COMPACTION_BYTES("leat_compaction_bytes_total", Kind.COUNTER, "Bytes that compaction in the background sent."),

    STORE_LATENCY(
            "leat_store_request_seconds",
            Kind.HISTOGRAM,
            "Requests to the store by latency; each attempt counts, failed ones included.",
            "op",
            "store"),
    STORE_BYTES(
            "leat_store_bytes_total",
            Kind.COUNTER,
            "Bytes of objects sent to and received from the store.",
            "op",
            "store"),
    STORE_FAILURES(
            "leat_store_failures_total",
            Kind.COUNTER,
            "Requests to the store that failed, by what went wrong; objects that are not there among them.",
            "op",
            "kind",
            "store"),
    STORE_RETRIES("leat_store_retries_total", Kind.COUNTER, "Requests to the store that were tried again.", "store"),
    STORE_RETRIES_REFUSED(
            "leat_store_retries_refused_total",
            Kind.COUNTER,
            "Requests that were not tried again, since too many fail to retry them all.",
            "store"),
    STORE_HEDGES(
            "leat_store_hedges_total",
            Kind.COUNTER,
            "Ranges that were asked for a second time, since the first answer was late.",
            "store"),
    STORE_HEDGES_WON(
            "leat_store_hedges_won_total", Kind.COUNTER, "Of those, ranges whose second answer came first.", "store"),
    STORE_IN_FLIGHT(
            "leat_store_requests_in_flight", Kind.GAUGE, "Requests to the store that have no answer yet.", "store"),

    SOURCE_NAMES("leat_source_names", Kind.GAUGE, "Names of data in place that the mount knows by a number."),
    SOURCE_CHANGED(
            "leat_source_changed_files_total",
            Kind.COUNTER,
            "Files of data in place whose version changed while known."),
    SOURCE_OVERDUE(
            "leat_source_overdue_answers_total",
            Kind.COUNTER,
            "Answers that were older than --freshness allows, since the source could not be asked."),
    SEALED_REFUSED(
            "leat_sealed_refused_reads_total",
            Kind.COUNTER,
            "Reads of a sealed version that were refused, since the source has something else by now."),

    PEER_READS(
            "leat_peer_reads_total",
            Kind.COUNTER,
            "Reads of blocks that a worker owns, by what became of them; all but those served went on to the store.",
            "worker",
            "outcome"),
    PEER_BYTES("leat_peer_served_bytes_total", Kind.COUNTER, "Bytes that a worker gave.", "worker"),
    PEER_ASKED(
            "leat_peer_asked",
            Kind.GAUGE,
            "1 while a worker is asked; 0 while it is left alone since it failed.",
            "worker"),

    WORKER("leat_worker_info", Kind.INFO, "Where a worker listens.", "address"),
    WORKER_CONNECTIONS("leat_worker_connections", Kind.GAUGE, "Connections that mounts have to this worker."),
    WORKER_ACCEPTED(
            "leat_worker_accepted_connections_total", Kind.COUNTER, "Connections that this worker has accepted."),
    WORKER_BROKEN(
            "leat_worker_broken_connections_total",
            Kind.COUNTER,
            "Connections that ended in the middle of something, or were ended since what came made no sense."),
    WORKER_IN_FLIGHT("leat_worker_requests_in_flight", Kind.GAUGE, "Requests of mounts that are being answered."),
    WORKER_ANSWERS(
            "leat_worker_answers_total",
            Kind.COUNTER,
            "Answers to mounts by what they were; progress is told while the source is waited for, before the last answer.",
            "status"),
    WORKER_BYTES("leat_worker_served_bytes_total", Kind.COUNTER, "Bytes that this worker gave to mounts."),
    WORKER_REPLY_USED("leat_worker_reply_used_bytes", Kind.GAUGE, "Memory in use for answers on their way."),
    WORKER_REPLY_LIMIT("leat_worker_reply_limit_bytes", Kind.GAUGE, "Most memory that answers may use."),

    SOURCE_LISTINGS(
            "leat_source_listings_total",
            Kind.COUNTER,
            "Directories of data in place whose names were needed, by where they were found: source, or kept from before.",
            "from"),
    SOURCE_LISTING_HEAP(
            "leat_source_listing_heap_bytes", Kind.GAUGE, "Names of data in place that are held in memory."),
    SOURCE_REACHABLE(
            "leat_source_reachable", Kind.GAUGE, "1 if the last request to a source was answered, by mount.", "mount"),
    SOURCE_ANSWER_AGE(
            "leat_source_answer_age_seconds",
            Kind.GAUGE,
            "Time since a source answered last, or failed to: how far behind what is shown can be, beside --freshness.",
            "mount"),
    SOURCE_REQUESTS(
            "leat_source_requests_total",
            Kind.COUNTER,
            "Requests to a source: list, head for facts, get for bytes.",
            "mount",
            "op"),
    SOURCE_BYTES("leat_source_bytes_total", Kind.COUNTER, "Bytes of files read from a source.", "mount"),
    SOURCE_ERRORS(
            "leat_source_errors_total",
            Kind.COUNTER,
            "Requests to a source that failed, by what went wrong; files that are not there among them.",
            "mount",
            "kind"),
    SOURCE_FILES("leat_source_files", Kind.GAUGE, "Files in a source when it was measured last.", "mount"),
    SOURCE_SIZE(
            "leat_source_size_bytes", Kind.GAUGE, "Bytes of all files in a source when it was measured last.", "mount"),
    SOURCE_CACHED_FILES(
            "leat_source_cached_files",
            Kind.GAUGE,
            "Files of a source that were whole in the cache when it was measured last.",
            "mount"),
    SOURCE_CACHED_BYTES(
            "leat_source_cached_bytes",
            Kind.GAUGE,
            "Bytes of a source that were in the cache when it was measured last.",
            "mount"),
    SOURCE_EVENTS(
            "leat_source_events_total",
            Kind.COUNTER,
            "Objects that --notify was told of: matched, unmatched by any source, or refused requests.",
            "outcome"),

    META_LATENCY(
            "leat_meta_call_seconds",
            Kind.HISTOGRAM,
            "Calls of the metadata engine by latency; each attempt counts, failed ones included.",
            "op",
            "engine"),
    META_FAILURES(
            "leat_meta_failures_total",
            Kind.COUNTER,
            "Calls of the metadata engine that failed, by what went wrong; those of kind unavailable are tried again.",
            "op",
            "kind",
            "engine"),
    META_COMMITS("leat_meta_commits_total", Kind.COUNTER, "Commits of metadata that took effect.", "engine"),
    META_CONFLICTS(
            "leat_meta_conflicts_total",
            Kind.COUNTER,
            "Commits that were decided again, since somebody else had changed what they were decided on.",
            "engine"),
    META_FENCED(
            "leat_meta_fenced_total", Kind.COUNTER, "Commits refused since this session was declared dead.", "engine"),
    FEED_EVENTS(
            "leat_meta_feed_events_total",
            Kind.COUNTER,
            "Commits that the feed of changes told of, this mount's own included.",
            "engine"),
    FEED_FRESH(
            "leat_meta_feed_fresh",
            Kind.GAUGE,
            "1 while changes by others are heard of; else names and attributes are asked for again each second."),
    FEED_LAG("leat_meta_feed_lag_seconds", Kind.GAUGE, "Time since the feed of changes was last heard of."),

    SESSION_ALIVE(
            "leat_session_alive",
            Kind.GAUGE,
            "1 while this mount's session can change things; 0 once it was declared dead. None when read-only."),
    SESSION_LEASE(
            "leat_session_lease_seconds", Kind.GAUGE, "Silence after which others declare this mount's session dead."),
    SESSION_SILENCE(
            "leat_session_heartbeat_age_seconds", Kind.GAUGE, "Time since the last heartbeat that arrived was sent."),

    PROCESS_RESIDENT("leat_process_resident_bytes", Kind.GAUGE, "Memory of the daemon that is resident.");

    /** What a value means over time. */
    public enum Kind {
        /** Only grows, from 0 at the mount. */
        COUNTER,
        /** Is as of now. */
        GAUGE,
        /** Counts in buckets, with sum and count. */
        HISTOGRAM,
        /** Is 1; the labels are what it tells. */
        INFO
    }

    private final String text;
    private final Kind kind;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> labels;

    Metric(String text, Kind kind, String help, String... labels) {
        this.text = text;
        this.kind = kind;
        this.help = help;
        this.labels = List.of(labels);
    }

    /** Its name, as monitoring sees it; a histogram's without {@code _bucket}, {@code _sum} and {@code _count}. */
    public String text() {
        return text;
    }

    /** What a value means over time. */
    public Kind kind() {
        return kind;
    }

    /** What is counted. */
    public String help() {
        return help;
    }

    /** The names of its labels. */
    public List<String> labels() {
        return labels;
    }
}
