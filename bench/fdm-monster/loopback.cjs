// Loaded before FDM Monster, which would listen on every address: whatever listens here does so on loopback.
const { Server } = require('node:net');

const listen = Server.prototype.listen;

Server.prototype.listen = function onLoopback(...args) {
    const [first] = args;
    if (first !== null && typeof first === 'object' && 'port' in first) {
        args[0] = { ...first, host: '127.0.0.1' };
    } else if (typeof first === 'number' || typeof first === 'string') {
        args = [first, '127.0.0.1', ...args.slice(1).filter((arg) => typeof arg === 'function')];
    }
    return listen.apply(this, args);
};
