extension ImageMetadata {
    /// Nothing but what colours mean is left: what `"metadata": "strip"` asks for.
    public func strippedToColor() -> ImageMetadata { stripped(Set(Part.allCases.filter { !$0.isColor })) }

    /// Without the named parts.
    ///
    /// `.gps` also takes every XMP packet that names a GPS property, and EXIF data in the form of a PNG text, into which
    /// we do not look. It does not reach into a camera maker's own notes; take `.exif` for certainty.
    public func stripped(_ parts: Set<Part>) -> ImageMetadata {
        var result = self
        result.entries = entries.compactMap { entry in
            if parts.contains(entry.part) { return nil }
            if parts.contains(.gps) {
                // A packet that cannot be read may name anything.
                if entry.part == .xmp, entry.xmp?.mentions("GPS") ?? true { return nil }
                if entry.isExifText { return nil }
            }
            let kept = parts.contains(.thumbnail) && entry.part == .iptc ? entry.removingPhotoshopThumbnails() : entry
            return kept.editingExif { exif in
                if parts.contains(.gps) { exif.removeLocation() }
                if parts.contains(.thumbnail) { exif.removeThumbnail() }
            }
        }
        return result
    }
}

extension ImageMetadata.Entry {
    /// Nil for data so malformed that the change could not be made: then they are better left out.
    func editingExif(_ edit: (inout Exif) -> Void) -> Self? {
        guard let bytes = exif, var exif = Exif(bytes) else { return self }
        edit(&exif)
        guard !exif.isMalformed else { return nil }
        return exif.bytes == bytes ? self : replacingExif(exif.bytes)
    }

    /// EXIF data as ImageMagick writes them into PNG files: as hexadecimal text.
    fileprivate var isExifText: Bool {
        guard part == .exif, case .chunk(let type, _, _) = source else { return false }
        return type != .exif
    }
}
