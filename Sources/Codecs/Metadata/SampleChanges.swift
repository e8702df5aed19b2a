import Raster

/// How the samples that are written differ from those that the metadata came with.
public struct SampleChanges: Sendable, Equatable {
    /// The orientation, 1...8, that the samples have now, where they were turned; 1 is upright.
    public var orientation: Int?
    /// A sample may have another value or another place: a thumbnail shows the picture no longer.
    public var isEdited: Bool
    /// The size that is written, where it is another one.
    public var size: ImageSize?
    /// They were converted to sRGB.
    public var isSRGB: Bool

    public init(orientation: Int? = nil, isEdited: Bool = false, size: ImageSize? = nil, isSRGB: Bool = false) {
        self.orientation = orientation
        self.isEdited = isEdited
        self.size = size
        self.isSRGB = isSRGB
    }
}

extension ImageMetadata {
    /// For samples that were changed: what speaks of orientation, size and colours is corrected, and thumbnails of what
    /// the picture was are gone. Without changes the bytes stay what they are.
    public func adapted(to changes: SampleChanges) -> ImageMetadata {
        let isTurned = changes.orientation.map { $0 != orientation ?? 1 } ?? false
        let losesThumbnails = changes.isEdited || isTurned
        var result = self
        result.entries = entries.compactMap { entry in
            switch entry.part {
            case .xmp: return entry.replacingXMP { $0.replacing(changes.xmpProperties) }
            case .iptc where losesThumbnails: return entry.removingPhotoshopThumbnails()
            default:
                return entry.editingExif { exif in
                    if losesThumbnails { exif.removeThumbnail() }
                    if let size = changes.size { exif.setSize(width: size.width, height: size.height) }
                    if changes.isSRGB { exif.setColorSpaceToSRGB() }
                    if let orientation = changes.orientation { exif.setOrientation(orientation) }
                }
            }
        }
        if changes.isSRGB {
            result = result.stripped(Set(Part.allCases.filter(\.isColor)))
            // The rendering intent of the conversion.
            result.entries.append(
                .init(part: .srgb, source: .chunk(type: .srgb, data: [1], afterImage: false)))
        }
        return result
    }
}

extension SampleChanges {
    fileprivate var xmpProperties: [(name: String, value: Int)] {
        var properties: [(String, Int)] = []
        if let orientation { properties.append(("tiff:Orientation", orientation)) }
        if let size {
            properties += [
                ("tiff:ImageWidth", size.width), ("tiff:ImageLength", size.height),
                ("exif:PixelXDimension", size.width), ("exif:PixelYDimension", size.height),
            ]
        }
        if isSRGB { properties.append(("exif:ColorSpace", 1)) }
        return properties
    }
}
