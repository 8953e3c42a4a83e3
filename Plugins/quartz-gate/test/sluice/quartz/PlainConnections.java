package sluice.quartz;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.quartz.utils.ConnectionProvider;

/** A connection each time, from the driver: for tests, which need no pool. */
public final class PlainConnections implements ConnectionProvider {
    private String url;

    public void setUrl(String url) {
        this.url = url;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return DriverManager.getConnection(url);
    }

    @Override
    public void initialize() {}

    @Override
    public void shutdown() {}
}
