/// One reader with the invariants that hold for every input; used by the fuzzer and by the tests of its corpus.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// `JavaProperties`: what a re-encoding writes reads the same.
    case properties
    /// Pack documents and poms: the pieces in which they come do not matter.
    case xml
    /// Schedule files: the pieces do not matter, and the inspection shows any of them.
    case quartz
    /// Whole archives: names are safe, limits hold, and the inspection shows any pack.
    case zip
    /// CloudSlang files: reading is deterministic, and lines lie within the file.
    case yaml

    /// Larger inputs are passed over: they are slow and find no more.
    public static let inputBytesMax = 256 << 10

    /// Reads the bytes and throws the first invariant that does not hold.
    public func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        guard bytes.count <= Self.inputBytesMax else { return }
        switch self {
        case .properties: try PropertiesInvariants.check(bytes)
        case .xml: try XMLInvariants.check(bytes)
        case .quartz: try QuartzInvariants.check(bytes)
        case .zip: try ZipInvariants.check(bytes)
        case .yaml: try YAMLInvariants.check(bytes)
        }
    }
}

/// An invariant that does not hold for some input, with what was seen.
public struct BrokenInvariant: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Throws when a condition that must hold for every input does not.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
    guard !holds else { return }
    throw BrokenInvariant(what())
}
