package dev.leat.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.cli.CliException;
import dev.leat.store.s3.S3Encryption;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** What the flags of a store mean. */
class StoreFlagsTest {
    @Test
    void encryptionIsNamedAsTheProtocolNamesIt() {
        assertThat(StoreFlags.encryption("AES256", null)).isEqualTo(new S3Encryption.ServerKeys());
        assertThat(StoreFlags.encryption("aws:kms", null)).isEqualTo(new S3Encryption.Kms(null));
        assertThat(StoreFlags.encryption("aws:kms:alias/data", null)).isEqualTo(new S3Encryption.Kms("alias/data"));
        String key = Base64.getEncoder().encodeToString(new byte[32]);
        assertThat(StoreFlags.encryption("customer", key)).isInstanceOf(S3Encryption.CustomerKey.class);
    }

    @Test
    void whatCannotEncryptIsRefusedInOneLineWithoutTheKey() {
        assertThatThrownBy(() -> StoreFlags.encryption("none", null))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("write AES256");
        assertThatThrownBy(() -> StoreFlags.encryption("customer", null)).hasMessageContaining("LEAT_SSE_KEY");
        assertThatThrownBy(() -> StoreFlags.encryption("customer", "c2hvcnQ="))
                .hasMessageContaining("32 bytes")
                .hasMessageNotContaining("c2hvcnQ=");
    }
}
