// Stands for react-style-singleton, which writes style elements into the page, as its
// Content-Security-Policy forbids. They would keep the page from scrolling while a menu
// is open; this page does not scroll.

export const styleSingleton = () => () => null;
