package sluice.quartz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Collects the body of one answer as UTF-8, up to a limit, and until it is stopped. */
final class BoundedText implements HttpResponse.BodySubscriber<String> {
    private final int bytesMax;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<String> text = new CompletableFuture<>();
    /** While the body is read. */
    private Flow.Subscription subscription;
    private boolean isStopped;
    private volatile boolean isTooLarge;

    BoundedText(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Whether it was given up for its size. */
    boolean isTooLarge() {
        return isTooLarge;
    }

    /** Reads no more: what is left of the body is not waited for, and its connection is closed. */
    synchronized void stop() {
        isStopped = true;
        if (subscription != null) subscription.cancel();
        subscription = null;
    }

    @Override
    public CompletionStage<String> getBody() {
        return text;
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription subscription) {
        if (isStopped) {
            subscription.cancel();
            return;
        }
        this.subscription = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            if (bytes.size() + part.remaining() > bytesMax) {
                isTooLarge = true;
                stop();
                text.completeExceptionally(new IOException("the answer has more than " + bytesMax + " bytes"));
                return;
            }
            byte[] chunk = new byte[part.remaining()];
            part.get(chunk);
            bytes.write(chunk, 0, chunk.length);
        }
    }

    @Override
    public void onError(Throwable failure) {
        end();
        text.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        end();
        try {
            text.complete(
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString());
        } catch (CharacterCodingException wrong) {
            text.completeExceptionally(new IOException("the answer is not UTF-8"));
        }
    }

    private synchronized void end() {
        subscription = null;
    }
}
