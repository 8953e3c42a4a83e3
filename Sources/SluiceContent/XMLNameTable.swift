import CLibXML2

/// Names of libxml2's dictionary, which gives one pointer per name for the life of the context, each at a place that
/// its pointer tells; what another name took is looked up anew.
struct XMLNameTable {
    struct Name {
        fileprivate var pointer: UnsafePointer<xmlChar>?
        var hash: UInt64 = 0
        var packElement: PackElement?
    }

    /// Places for names, a power of two; real documents have some 90 different ones.
    private static let placeCount = 256

    private let places: UnsafeMutablePointer<Name>

    /// Whoever makes one ends it by `deallocate`.
    init() {
        places = .allocate(capacity: Self.placeCount)
        places.initialize(repeating: Name(), count: Self.placeCount)
    }

    func deallocate() { places.deallocate() }

    subscript(pointer: UnsafePointer<xmlChar>) -> Name {
        let bits = UInt(bitPattern: pointer)
        let place = Int(truncatingIfNeeded: (bits &* 0x9E37_79B9_7F4A_7C15) >> 56)
        if places[place].pointer == pointer { return places[place] }
        let hash = XMLNameSequence.hash(UnsafeBufferPointer(start: pointer, count: Int(xmlStrlen(pointer))))
        let name = Name(pointer: pointer, hash: hash, packElement: PackElement.named(pointer, hash: hash))
        places[place] = name
        return name
    }
}
