package sluice.quartz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.quartz.Job;
import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;

/**
 * Writes one line for each run to the file of the system property {@code runs}. Its data may say more: {@code until}, a
 * file that it waits for; {@code fails}, so many runs of one fire fail, each to be run again at once; {@code ends}, how
 * the last one ends: {@code badly}.
 */
public final class TickJob implements Job {
    @Override
    public void execute(JobExecutionContext context) throws JobExecutionException {
        JobDataMap data = context.getMergedJobDataMap();
        String line = String.join(" ",
            context.getJobDetail().getKey().getName(), String.valueOf(data.get("sluiceNominalTime")),
            Instant.now().toString(), data.containsKey("sluiceTicket") ? data.getString("sluiceTicket") : "-",
            data.containsKey("sluiceFallback") ? "fallback" : "-", String.valueOf(data.get("colour")),
            System.getProperty("node", "-")) + "\n";
        try {
            // One write for one line: those of several schedulers do not mix.
            Files.write(Path.of(System.getProperty("runs")), line.getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new JobExecutionException(failure);
        }
        waitFor(data.getString("until"));
        if (context.getRefireCount() < Integer.parseInt(data.containsKey("fails") ? data.getString("fails") : "0")) {
            throw new JobExecutionException("again", true);
        }
        if ("badly".equals(data.getString("ends"))) throw new JobExecutionException("badly");
    }

    private static void waitFor(String file) throws JobExecutionException {
        if (file == null) return;
        // A test that has failed does not keep its scheduler for ever.
        for (int i = 0; i < 12_000 && !Files.exists(Path.of(file)); i++) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException stopped) {
                throw new JobExecutionException(stopped);
            }
        }
    }
}
