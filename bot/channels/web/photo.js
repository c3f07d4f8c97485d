// Makes a photo small before it is sent: a village's mobile network, and the gateway's limit of 8 MB.
// Drawing it anew also drops what the camera wrote into the file (place, time, owner).

const LONGEST_SIDE = 1600;
const QUALITY = 0.85;

function load(file) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error("unreadable"));
    picture.src = URL.createObjectURL(file);
  });
}

/** The picture as a JPEG blob of at most 1600 px. Rejects when the file is not a picture. */
export async function shrink(file) {
  const picture = await load(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(picture.src);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("unreadable"))), "image/jpeg", QUALITY);
  });
}
