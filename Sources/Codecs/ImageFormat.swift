/// The formats that pictures are read from and written to.
public enum ImageFormat: String, Sendable, CaseIterable {
    case png, jpeg

    /// The usual end of a file's name, without the dot.
    public var fileExtension: String { self == .png ? "png" : "jpg" }

    /// The format that the end of a file's name stands for, without the dot and in any case; nil for others.
    public init?(fileExtension: some StringProtocol) {
        switch fileExtension.lowercased() {
        case "png": self = .png
        case "jpg", "jpeg", "jpe", "jfif": self = .jpeg
        default: return nil
        }
    }

    /// As people write it.
    public var displayName: String { self == .png ? "PNG" : "JPEG" }
}
