/// The formats that pictures are read from and written to.
public enum ImageFormat: String, Sendable, CaseIterable {
    case png, jpeg

    /// The usual end of a file's name, without the dot.
    public var fileExtension: String { self == .png ? "png" : "jpg" }

    /// As people write it.
    public var displayName: String { self == .png ? "PNG" : "JPEG" }
}
