/// What a document may measure; each limit is an error of its own name.
public struct XMLLimits: Hashable, Sendable {
    /// Of the whole document.
    public var byteCountMax = 16 << 20
    /// Elements within elements.
    public var depthMax = 64
    public var elementCountMax = 1_000_000
    /// Of one element's own text, and of one attribute.
    public var textByteCountMax = 1 << 20
    public var attributeCountMax = 64
    /// Bytes that may pass without an element or text: libxml2 2.9.14 is quadratic in the attributes of one tag.
    public var stalledByteCountMax = 256 << 10

    public static let standard = XMLLimits()

    public init() {}
}

/// Why a document could not be read.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        public static let malformed = Code("malformed")
        /// A DOCTYPE, an entity declaration or a reference to anything but XML's own five.
        public static let forbidden = Code("forbidden")
        public static let tooLong = Code("too-long")
        public static let tooDeep = Code("too-deep")
        public static let tooMany = Code("too-many")
    }

    public let code: Code
    /// From 1.
    public let line: Int
    /// What is wrong; never any of the document's own content.
    public let message: String

    public init(_ code: Code, line: Int, _ message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    public var description: String { "\(code) in line \(line): \(message)" }
}
