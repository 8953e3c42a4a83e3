internal import CLibPQ
public import SluiceModel
public import SluicePorts

/// Where the database is, and as whom to use it: `postgres://sluice@db.example/sluice?sslmode=verify-full`.
///
/// All that libpq knows may stand behind the `?`, such as several hosts, `sslrootcert` and `target_session_attrs`; but
/// the password, which comes apart from it, so that neither a configuration nor an error shows it.
public struct PostgresAddress: Sendable, CustomStringConvertible {
    /// The URL as it was given.
    let url: String
    let password: Secret?
    /// `sluice@db.example:5432/sluice`: for messages.
    public let description: String
    /// What the URL itself gives in `options`.
    let options: String

    /// - Parameters:
    ///   - key: Where the URL is configured, for messages.
    ///   - passwordKeys: Where its password is.
    /// - Throws: `StoreError` when it is no URL that libpq takes, or has a password in it; the message has none.
    public init(
        _ url: String, password: Secret? = nil, key: String = "store.url",
        passwordKeys: (file: String, variable: String) = ("store.passwordFile", "SLUICE_STORE_PASSWORD")
    ) throws {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw StoreError(.unavailable, "\(key) must be postgres://USER@HOST/DATABASE")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let fields = PQconninfoParse(url, &message) else {
            // libpq quotes the URL in some messages, so its words are left out.
            PQfreemem(message)
            throw StoreError(
                .unavailable, "\(key) is no PostgreSQL URL; write postgres://USER@HOST:PORT/DATABASE?sslmode=...")
        }
        defer { PQconninfoFree(fields) }
        var values: [String: String] = [:]
        var field = fields
        while let keyword = field.pointee.keyword {
            if let value = field.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            field += 1
        }
        guard values["password"] == nil else {
            throw StoreError(
                .unavailable,
                "\(key) has a password in it: take it out, and give it in a file named by \(passwordKeys.file), or as "
                    + passwordKeys.variable)
        }
        self.url = url
        self.password = password
        options = values["options"] ?? ""
        let place = values["host"] ?? values["hostaddr"] ?? "local socket"
        let port = values["port"].map { ":\($0)" } ?? ""
        let user = values["user"].map { "\($0)@" } ?? ""
        description = "\(user)\(place)\(port)/\(values["dbname"] ?? values["user"] ?? "")"
    }
}
