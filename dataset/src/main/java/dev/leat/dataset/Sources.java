package dev.leat.dataset;

import dev.leat.dataset.azure.AzureSource;
import dev.leat.dataset.bucket.BucketSource;
import dev.leat.dataset.file.FileSource;
import dev.leat.dataset.gcs.GcsSource;
import dev.leat.dataset.hdfs.WebHdfsSource;
import dev.leat.dataset.http.HttpSource;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreOptions;
import dev.leat.store.Stores;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens sources by their address. */
public final class Sources {
    private Sources() {}

    /**
     * Opens a source; whether it can be reached shows with the first request, except of a directory.
     *
     * @param options limits, retries, and what a bucket is told
     * @param agent what this program calls itself to web servers
     * @param caBundle PEM file of further certificate authorities for web servers, or null
     */
    public static Source open(SourceUrl url, StoreOptions options, String agent, @Nullable Path caBundle)
            throws StoreException {
        return switch (url) {
            case SourceUrl.Bucket bucket -> new BucketSource(Stores.open(bucket.url(), options));
            case SourceUrl.Google google ->
                new GcsSource(google.bucket(), google.prefix(), options, System.getenv(), agent, caBundle);
            case SourceUrl.Azure azure ->
                new AzureSource(
                        azure.account(),
                        azure.host(),
                        azure.container(),
                        azure.prefix(),
                        options,
                        System.getenv(),
                        agent,
                        caBundle);
            case SourceUrl.WebHadoop hadoop ->
                new WebHdfsSource(hadoop.server(), hadoop.path(), options, System.getenv(), agent, caBundle);
            case SourceUrl.Hadoop hadoop -> Connectors.hdfs(hadoop.server(), hadoop.path(), options);
            case SourceUrl.Web web -> new HttpSource(web.root(), agent, caBundle, options.limits(), options.retries());
            case SourceUrl.Directory directory -> new FileSource(directory.path(), options.limits(), options.retries());
        };
    }
}
