/// Which format the bytes at a file's beginning announce.
func sniff(_ file: FileWindow) throws(CodecError) -> ImageFormat {
    guard file.length > 0 else { throw .notAnImage(found: "an empty file") }
    let head = try file.bytes(at: 0, count: 64)
    if head.starts(with: PNGStructure.signature) { return .png }
    if head.starts(with: [0xff, 0xd8]) {
        guard head.count > 2 else { throw .truncated(.jpeg, detail: "the file ends inside its header", row: nil) }
        guard head[2] == 0xff else { throw .notAnImage(found: "data that begin like a JPEG but have no marker") }
        return .jpeg
    }
    throw .notAnImage(found: description(of: head))
}

/// What a beginning looks like, for a person who wonders why a file was refused.
private func description(of head: [UInt8]) -> String {
    func begins(_ text: String, at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: Array(text.utf8)) }
    if PNGStructure.signature.starts(with: head) || head == [0xff] {
        return "only the first \(head.count) bytes of one"
    }
    if head.dropFirst().starts(with: [0x50, 0x4e, 0x47]) || begins("PNG", at: 0) {
        return "a PNG signature with wrong bytes, as a transfer in text mode leaves it"
    }
    if begins("GIF8") { return "a GIF picture" }
    if begins("BM") { return "a BMP picture" }
    if begins("II*\0") || begins("MM\0*") { return "a TIFF picture" }
    if begins("RIFF") && begins("WEBP", at: 8) { return "a WebP picture" }
    if begins("ftypavif", at: 4) { return "an AVIF picture" }
    if begins("ftyp", at: 4) { return "a HEIF picture or a video" }
    if begins("%PDF") { return "a PDF document" }
    if begins("PK\u{3}\u{4}") { return "a ZIP archive" }
    if begins("\u{1f}") && head.count > 1 && head[1] == 0x8b { return "gzip-compressed data" }
    if head.starts(with: [0x8b, 0x4a, 0x4e, 0x47]) { return "an MNG or JNG picture" }
    if head.allSatisfy({ $0 == 0 }) { return "zero bytes, as an interrupted copy leaves them" }
    if begins("<!DOCTYPE") || begins("<html") || begins("<HTML") { return "an HTML page" }
    if head.allSatisfy({ $0 >= 32 || $0 == 9 || $0 == 10 || $0 == 13 }) { return "text" }
    return "unknown data"
}
