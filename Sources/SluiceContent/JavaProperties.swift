/// The keys and values of a Java properties file (`java.util.Properties.load`), read as UTF-8.
///
/// Java reads Latin-1; OO writes ASCII with `\uXXXX`, and people write UTF-8. Bytes that are not UTF-8 read as Latin-1.
public struct JavaProperties: Hashable, Sendable {
    /// One line of the file: comments and blank lines are left out, continued lines joined.
    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: String
        /// Line on which it starts, from 1.
        public var line: Int
    }

    /// The entries in the order of the file; a key may appear twice, and the last one counts.
    public private(set) var entries: [Entry] = []

    /// Reads a file's bytes; every input is valid, as in Java, except that a wrong `\u` escape reads as its letters.
    public init(_ bytes: some Sequence<UInt8>) {
        var lines = PropertyLines(Array(bytes))
        while let line = lines.next() {
            entries.append(Entry(key: line.key, value: unescaped(line.value), line: line.number))
        }
    }

    /// The last value of a key.
    public subscript(_ key: String) -> String? { entries.last { $0.key == key }?.value }
}
