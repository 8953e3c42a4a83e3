internal import SluicePorts

extension MasterKey {
    /// The key to start with: from `SLUICE_KEY`, else from its file, which the very first start makes.
    ///
    /// - Parameters:
    ///   - file: Holds the Base64 of the key, mode 0600.
    ///   - databaseHasCheck: Whether the database was sealed before. Then a missing file is never made anew: that
    ///     would lose every secret in the database.
    /// - Throws: `SealingError` that says what to do.
    public static func load(environment: [String: String], file: String, databaseHasCheck: Bool) throws -> MasterKey {
        if let text = environment[environmentName] {
            guard !text.isEmpty else {
                throw SealingError("\(environmentName) is set but empty; unset it to use \(file), or \(recipe)")
            }
            return try MasterKey(base64: text, origin: environmentName)
        }
        if let text = try KeyFile.read(file) { return try MasterKey(base64: text, origin: "the key file \(file)") }
        guard !databaseHasCheck else {
            throw SealingError(
                """
                the key file \(file) is missing, but the database has secrets sealed with its key; restore the file \
                from your backup or set \(environmentName), since a new key could not open them
                """)
        }
        let key = MasterKey()
        guard try KeyFile.create(file, text: key.base64 + "\n") else {
            // Another process was first: its key is the key.
            return try load(environment: environment, file: file, databaseHasCheck: true)
        }
        return key
    }
}
