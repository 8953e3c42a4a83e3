package sluice.quartz;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Speaks to Sluice. Every call is bounded: in time, whatever the server does, and in what it reads. */
final class GateClient {
    /** Largest answer to a question, in bytes. */
    static final int ANSWER_BYTES_MAX = 64 * 1024;
    /** Most characters of a problem's detail that are logged. */
    static final int DETAIL_LENGTH_MAX = 200;
    /** Longest pause between two tries. */
    static final long PAUSE_MILLIS_MAX = 1000;
    /** How often one launch is asked for anew, after answers that let it start were lost. */
    static final int GENERATION_MAX = 9;
    /** Least time for one try, while there is so much left. */
    static final long TRY_MILLIS_MIN = 250;

    private static final Logger LOG = LoggerFactory.getLogger(GateClient.class);
    private final Settings settings;
    private final ExecutorService executor;
    private final HttpClient http;
    private volatile boolean isClosed;

    GateClient(Settings settings) {
        this.settings = settings;
        executor = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "sluice-gate-http");
            thread.setDaemon(true);
            return thread;
        });
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(executor)
            .connectTimeout(Duration.ofMillis(settings.timeoutMillis)).build();
    }

    /** Ends its threads, but for the one of Java's own client, which ends once that is collected. */
    void close() {
        isClosed = true;
        executor.shutdown();
    }

    /** An answer as it came. */
    static final class Reply {
        final int status;
        final String text;

        Reply(int status, String text) {
            this.status = status;
            this.text = text;
        }
    }

    /** An answer larger than was allowed. */
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1;

        TooLarge(int bytesMax) {
            super("the answer has more than " + bytesMax + " bytes");
        }
    }

    /**
     * Asks until it is decided, or the time of {@code timeoutMillis} is over. Never throws. What keeps this side from
     * asking, a token that is not there or its own end, is {@code REFUSED}: it opens nothing.
     */
    Decision ask(Question question) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis);
        String token;
        try {
            token = settings.token();
        } catch (IOException | RuntimeException none) {
            return new Decision(Decision.Word.REFUSED, String.valueOf(none.getMessage())).of(question.key);
        }
        try {
            return ask(question, token, end);
        } catch (RuntimeException failure) {
            return new Decision(Decision.Word.REFUSED, "it could not be asked: " + failure).of(question.key);
        }
    }

    private Decision ask(Question question, String token, long end) {
        String key = question.key;
        int generation = 1;
        String problem = "the time was over";
        // Whether an answer may have been lost that let it start: we have not started it.
        boolean isDoubtful = question.isNeverStarted;
        for (long pause = 50;; pause = Math.min(pause * 2, PAUSE_MILLIS_MAX)) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (isClosed) return new Decision(Decision.Word.REFUSED, "the scheduler is being shut down").of(key);
            if (left <= 0) return new Decision(Decision.Word.NONE, problem).of(key);
            long sent = System.nanoTime();
            try {
                Reply reply = send(token, "POST", "/v1/launches?answer=body", question.body(key),
                    Math.max(left / 2, Math.min(left, TRY_MILLIS_MIN)), ANSWER_BYTES_MAX);
                Decision decision = decision(reply, System.nanoTime() - sent);
                boolean isOurOwn = decision.word == Decision.Word.REJECT && "duplicate".equals(decision.reason)
                    && isDoubtful && question.ticket == null && generation < GENERATION_MAX;
                if (isOurOwn) {
                    // The gate let it through once, and we never heard of it: it was not started. Ask anew.
                    generation++;
                    key = question.key + "#" + generation;
                    isDoubtful = question.isNeverStarted;
                    continue;
                }
                if (decision.word != Decision.Word.NONE) return decision.of(key);
                problem = decision.reason;
                isDoubtful = true;
            } catch (ConnectException unreachable) {
                problem = "no connection";
            } catch (IOException trouble) {
                problem = "no answer: " + trouble.getClass().getSimpleName()
                    + (trouble.getMessage() == null ? "" : " " + trouble.getMessage());
                isDoubtful = true;
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return new Decision(Decision.Word.NONE, "the scheduler interrupted the question").of(key);
            }
            long rest = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            try {
                Thread.sleep(Math.max(0, Math.min(pause, rest)));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return new Decision(Decision.Word.NONE, "the scheduler interrupted the question").of(key);
            }
        }
    }

    /** What a reply says; {@code NONE} when it says nothing that may be used. */
    static Decision decision(Reply reply, long tookNanos) {
        if (reply.status >= 400 && reply.status < 500 && reply.status != 403 && reply.status != 409
            && reply.status != 429) {
            return new Decision(Decision.Word.REFUSED, "status " + reply.status + detail(reply.text));
        }
        Map<String, Object> body;
        try {
            body = Json.readObject(reply.text);
        } catch (Json.Malformed malformed) {
            return new Decision(
                Decision.Word.NONE, "status " + reply.status + " with an answer that is no JSON object");
        }
        Object word = body.get("decision");
        Object reason = body.get("reason");
        Object code = reason instanceof Map ? ((Map<?, ?>) reason).get("code") : null;
        String because = code instanceof String ? (String) code : "no reason given";
        boolean mayDecide = reply.status / 100 == 2 || reply.status == 403;
        if (mayDecide && "proceed".equals(word)) {
            Object valid = body.get("validForSeconds");
            double seconds = valid instanceof BigDecimal ? ((BigDecimal) valid).doubleValue() : 2;
            if (tookNanos > seconds * 1e9) return new Decision(Decision.Word.NONE, "proceed came too late to be used");
            Decision decision = new Decision(Decision.Word.PROCEED, because);
            decision.pass = body.get("pass") instanceof String ? (String) body.get("pass") : null;
            return decision;
        }
        if (mayDecide && "hold".equals(word) && isTicket(body.get("ticket"))) {
            Decision decision = new Decision(Decision.Word.HOLD, because);
            decision.ticket = (String) body.get("ticket");
            return decision;
        }
        if (mayDecide && "reject".equals(word)) return new Decision(Decision.Word.REJECT, because);
        if (reply.status == 403) return new Decision(Decision.Word.REFUSED, "status 403: the token may not ask");
        return new Decision(Decision.Word.NONE, "status " + reply.status + " without a decision");
    }

    /** What a problem says of itself, for the log: cut, on one line. */
    private static String detail(String text) {
        try {
            Object detail = Json.readObject(text).get("detail");
            if (!(detail instanceof String)) return "";
            String plain = ((String) detail).replaceAll("\\p{Cntrl}", "?");
            return ": " + plain.substring(0, Math.min(plain.length(), DETAIL_LENGTH_MAX));
        } catch (Json.Malformed none) {
            return "";
        }
    }

    static boolean isTicket(Object text) {
        return text instanceof String && ((String) text).matches("h_[0-9A-HJKMNP-TV-Z]{26}");
    }

    /**
     * One call.
     *
     * @param body null: none
     * @throws IOException when there is no whole answer within the time
     * @throws TooLarge when it has more than {@code bytesMax} bytes
     */
    private Reply send(String token, String method, String target, String body, long millis, int bytesMax)
        throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(settings.server + target))
            .timeout(Duration.ofMillis(Math.max(1, millis)))
            .header("Authorization", "Bearer " + token)
            .header("Accept", "application/json");
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, HttpRequest.BodyPublishers.ofString(body));
        }
        // The request's own timeout ends with the head of the answer; this one covers the body, too. To cancel the
        // future would end the connection, but only since Java 16.
        BoundedText text = new BoundedText(bytesMax);
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request.build(), head -> text);
        try {
            HttpResponse<String> response = answer.get(Math.max(1, millis), TimeUnit.MILLISECONDS);
            return new Reply(response.statusCode(), response.body());
        } catch (TimeoutException late) {
            throw new IOException("within " + millis + " ms");
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause();
            if (cause instanceof ConnectException) throw (ConnectException) cause;
            if (text.isTooLarge()) throw new TooLarge(bytesMax);
            throw cause instanceof IOException ? (IOException) cause : new IOException(cause);
        } finally {
            text.stop();
        }
    }

    /** The same, where a status that calls for another try later is no answer either. */
    Reply call(String method, String target, String body, long millis, int bytesMax)
        throws IOException, InterruptedException {
        Reply reply = send(settings.token(), method, target, body, millis, bytesMax);
        if (reply.status >= 500 || reply.status == 401 || reply.status == 403 || reply.status == 429) {
            throw new IOException(method + " " + target + " was answered with status " + reply.status);
        }
        return reply;
    }

    /**
     * Reports something; whether Sluice took it. What it refuses is logged, and will be refused again.
     *
     * @param later a status after which it is to be reported again
     * @throws IOException when it is to be reported again
     */
    boolean report(String what, String target, Map<String, Object> body, int later, long millis)
        throws IOException, InterruptedException {
        Reply reply = call("POST", target, Json.write(body), millis, ANSWER_BYTES_MAX);
        if (reply.status == later) throw new IOException("the report that " + what + " got status " + later);
        if (reply.status == 204) return true;
        // A login page, a proxy: nobody has the report.
        if (reply.status < 400) throw new IOException("the report that " + what + " got status " + reply.status
            + " and not Sluice's 204: something else answers at this address");
        LOG.error("Sluice: the report that {} was refused with status {}", what, reply.status);
        return false;
    }
}
