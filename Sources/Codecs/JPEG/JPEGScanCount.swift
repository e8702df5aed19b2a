extension JPEGStructure {
    /// How many scans the file has, but no more than `limit` + 1, found by its markers alone: decoding many scans of a
    /// large picture takes long, and counting them does not.
    func countScans(_ file: FileWindow, limit: Int) throws(CodecError) -> Int {
        var count = 0
        var offset = firstScan
        while count <= limit {
            // Within coded samples a 0xff is followed by 0, or by a restart marker.
            guard let found = try file.firstIndex(of: 0xff, from: offset), let code = try file.byte(at: found + 1)
            else {
                return count
            }
            switch code {
            case 0xff: offset = found + 1
            case 0x00, 0x01, 0xd0...0xd7: offset = found + 2
            case 0xd9: return count
            default:
                if code == 0xda { count += 1 }
                guard let high = try file.byte(at: found + 2), let low = try file.byte(at: found + 3) else {
                    return count
                }
                offset = found + 2 + max(2, Int(high) << 8 | Int(low))
            }
        }
        return count
    }
}
