extension ImageMetadata {
    /// Nothing but what colours mean is left: what `"metadata": "strip"` asks for.
    public func strippedToColor() -> ImageMetadata { stripped(Set(Part.allCases.filter { !$0.isColor })) }

    /// Without the named parts.
    ///
    /// `.gps` also takes every XMP packet that names a GPS property. Neither reaches into a camera maker's own notes; take
    /// `.exif` for certainty.
    public func stripped(_ parts: Set<Part>) -> ImageMetadata {
        var result = self
        result.entries = entries.compactMap { entry in
            if parts.contains(entry.part) { return nil }
            if parts.contains(.gps), entry.part == .xmp, entry.source.mentions("GPS") { return nil }
            return entry.editingExif { exif in
                if parts.contains(.gps) { exif.removeLocation() }
                if parts.contains(.thumbnail) { exif.removeThumbnail() }
            }
        }
        return result
    }

    /// For samples that were turned upright: the orientation says 1 wherever it was stated, and the thumbnail, which
    /// still lies as it was, is gone.
    public func orientationBaked() -> ImageMetadata {
        var result = self
        result.entries = entries.compactMap { entry in
            if entry.part == .xmp { return entry.replacingOrientationInXMP() }
            return entry.editingExif { exif in
                exif.resetOrientation()
                exif.removeThumbnail()
            }
        }
        return result
    }

    /// For samples that were converted to sRGB: without every statement about their colours, which then means sRGB.
    public func colorsConverted() -> ImageMetadata { stripped(Set(Part.allCases.filter(\.isColor))) }
}

extension ImageMetadata.Entry {
    /// Nil for data so malformed that the change could not be made: then they are better left out.
    fileprivate func editingExif(_ edit: (inout Exif) -> Void) -> Self? {
        guard let bytes = exif, var exif = Exif(bytes) else { return self }
        edit(&exif)
        guard !exif.isMalformed else { return nil }
        return exif.bytes == bytes ? self : replacingExif(exif.bytes)
    }

    /// XMP states the orientation as `tiff:Orientation="6"` or `<tiff:Orientation>6</tiff:Orientation>`.
    fileprivate func replacingOrientationInXMP() -> Self {
        var result = self
        switch source {
        case .chunk(let type, let data, let afterImage):
            result.source = .chunk(type: type, data: uprightXMP(data), afterImage: afterImage)
        case .segments(let segments):
            result.source = .segments(segments.map { JPEGSegment(marker: $0.marker, data: uprightXMP($0.data)) })
        }
        return result
    }
}

private func uprightXMP(_ packet: [UInt8]) -> [UInt8] {
    var result = packet
    for opening in ["tiff:Orientation=\"", "tiff:Orientation='", "<tiff:Orientation>"] {
        let pattern = Array(opening.utf8)
        var start = result.startIndex
        while let found = result[start...].firstRange(of: pattern) {
            if found.upperBound < result.endIndex, (0x31...0x38).contains(result[found.upperBound]) {
                result[found.upperBound] = 0x31
            }
            start = found.upperBound
        }
    }
    return result
}

extension ImageMetadata.Source {
    fileprivate func mentions(_ word: String) -> Bool {
        let pattern = Array(word.utf8)
        switch self {
        case .chunk(_, let data, _): return data.firstRange(of: pattern) != nil
        case .segments(let segments): return segments.contains { $0.data.firstRange(of: pattern) != nil }
        }
    }
}
