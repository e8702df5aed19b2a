/// The name of an input, in bytes, as the output templates see it.
public struct PictureName: Sendable, Hashable {
    /// The folder relative to the input folder, without slashes at its ends; empty for the input folder itself.
    public let folder: [UInt8]
    /// The last component.
    public let file: [UInt8]

    public init(folder: [UInt8], file: [UInt8]) {
        self.folder = folder
        self.file = file
    }

    /// The relative path `a/b/photo.jpg` as folder `a/b` and file `photo.jpg`.
    public init(relativePath: [UInt8]) {
        if let slash = relativePath.lastIndex(of: UInt8(ascii: "/")) {
            self.init(folder: Array(relativePath[..<slash]), file: Array(relativePath[(slash + 1)...]))
        } else {
            self.init(folder: [], file: relativePath)
        }
    }

    private var dot: Int? {
        guard let dot = file.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return nil }
        return dot
    }

    /// The file's name before its last dot; a dot at its beginning does not count.
    public var stem: [UInt8] { dot.map { Array(file[..<$0]) } ?? file }
    /// What follows the last dot; empty where there is none.
    public var fileExtension: [UInt8] { dot.map { Array(file[($0 + 1)...]) } ?? [] }
}
