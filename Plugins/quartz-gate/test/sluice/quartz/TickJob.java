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

/** Writes one line for each run to the file of the system property {@code runs}. */
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
    }
}
