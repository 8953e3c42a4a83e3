extension Collection where Element == UInt8 {
    /// Where the bytes stand first.
    func firstRange(of wanted: [UInt8]) -> Range<Index>? {
        var start = startIndex
        while let at = self[start...].firstIndex(of: wanted[0]) {
            if self[at...].starts(with: wanted) { return at..<index(at, offsetBy: wanted.count) }
            start = index(after: at)
        }
        return nil
    }
}
