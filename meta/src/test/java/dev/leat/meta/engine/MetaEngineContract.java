package dev.leat.meta.engine;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/**
 * What every engine promises, as tests. An engine's own test extends this and says how to connect; each test method gets an
 * instance of its own and so a volume of its own.
 */
@Timeout(300)
public abstract class MetaEngineContract
        implements CommitContract,
                SlotContract,
                MergeContract,
                ReadContract,
                FeedContract,
                RaceContract,
                ModelContract {

    private final List<MetaEngine> clients = new ArrayList<>();

    /** Connects one more client to the one volume of this test, made at the first call. */
    protected abstract MetaEngine connect() throws Exception;

    @Override
    public final synchronized MetaEngine client() throws Exception {
        MetaEngine client = connect();
        clients.add(client);
        return client;
    }

    @AfterEach
    final void closeClients() {
        clients.forEach(MetaEngine::close);
    }
}
