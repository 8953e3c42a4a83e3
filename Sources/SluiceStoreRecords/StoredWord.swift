package import SluiceModel
package import SluicePorts

/// Words, tickets and numbers as they stand in a row, read back with an error that says what is unreadable.
package enum StoredWord {
    package static func ticket(_ text: String) throws -> Ticket {
        guard let ticket = Ticket(text) else { throw unreadable("ticket \(text)") }
        return ticket
    }

    package static func passID(_ text: String) throws -> PassID {
        guard let ulid = ULID(text) else { throw unreadable("pass id \(text)") }
        return PassID(ulid)
    }

    package static func priority(_ level: Int) throws -> Priority {
        guard let priority = Priority(level) else { throw unreadable("priority \(level)") }
        return priority
    }

    /// Reads an enum's stored word.
    package static func decode<Word: RawRepresentable<String>>(_ word: String) throws -> Word {
        guard let value = Word(rawValue: word) else { throw unreadable("\(Word.self) \(word)") }
        return value
    }

    package static func unreadable(_ what: String) -> StoreError {
        StoreError(.unavailable, "the database has an unreadable value: \(what); restore a backup")
    }
}

extension String {
    /// This text as every store keeps it whole: no database takes a NUL within a text, so those are replaced by U+FFFD.
    package var storable: String {
        utf8.contains(0) ? String(decoding: utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }, as: UTF8.self) : self
    }
}
